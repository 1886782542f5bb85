import { describe, expect, it } from "vitest";
import { findChromium } from "../../local/chromium.ts";
import { useStack } from "../e2e/app.ts";
import { enforcing, platform, subscriptionId, workspace } from "../e2e/cast.ts";
import { accessible } from "./accessible.suite.ts";
import { hostile } from "./hostile.suite.ts";
import { listing, listingCast } from "./listing.suite.ts";
import { served } from "./served.suite.ts";
import { signingIn } from "./sign-in.suite.ts";
import { useBrowser } from "./stage.ts";
import { sweeping } from "./sweeping.suite.ts";
import { oneWorkspace, oneWorkspaceCast } from "./workspace.suite.ts";

const chromium = findChromium();

if (chromium === undefined) {
  const reason = "no Chromium: set CHROMIUM_PATH, or put chromium, chromium-browser or google-chrome on the PATH";
  if (process.env["CI"] === undefined) {
    console.warn(`The fleet page is not tested: ${reason}.`); // reporters tell of what is skipped, not why
    it.skip("the fleet page is tested", () => undefined);
  } else
    it("the fleet page is tested", () => {
      expect.fail(reason);
    });
} else {
  // One stack and one browser for all of these, for starting them is what takes most of the time.
  const stack = useStack({
    azure: {
      fixture: {
        subscriptions: [{ subscriptionId }],
        resources: [...platform, ...listingCast, ...oneWorkspaceCast, workspace("watched")],
      },
    },
    // Longer waits than elsewhere: what was put right is to be shown so for as long as these tests take.
    settings: { ...enforcing, REMEDIATOR_WAIT_SCALE: "0.2" },
    events: "none",
  });
  const stage = useBrowser(stack, chromium);

  describe("the document", () => {
    served(stack, stage);
  });
  describe("signing in", () => {
    signingIn(stack, stage);
  });
  describe("a sweep", () => {
    sweeping(stage);
  });
  describe("the list", () => {
    listing(stage);
  });
  describe("one workspace", () => {
    oneWorkspace(stack, stage);
  });
  describe("texts of others", () => {
    hostile(stage);
  });
  describe("for everybody", () => {
    accessible(stage);
  });

  it("none of these pages wrote an error, met its Content-Security-Policy or asked anybody else", () => {
    expect(stage.misdeeds).toEqual({ errors: [], violations: [], elsewhere: [] });
  });
}
