/** What the app publishes to a custom topic, as somebody receives it who subscribed there. */
import { HTTP } from "cloudevents";
import { beforeAll, describe, expect, it } from "vitest";
import { SELF } from "../../local/azure/fixture.ts";
import { until } from "../../local/until.ts";
import { type Received, type Receiver, receiverOf } from "../contract/receiver.ts";
import { remediate, stateOf, stoppedAtTheEnd, useStack, wholeRemediation, writesFor } from "./app.ts";
import { enforcing, groupId, platform, registryIdOf, subscriptionId, workspace, workspaceIdOf } from "./cast.ts";
import { leaksIn } from "./secrets.ts";
import { rejectedSince } from "./stores.ts";

const began = new Date();
const topicId = `${groupId("ml-platform")}/providers/Microsoft.EventGrid/topics/notices`;
const elsewhere = registryIdOf("elsewhere");
const [broken, strayed, unlucky, last] = ["broken", "strayed", "unlucky", "last"].map((name) =>
  workspaceIdOf(name),
) as [string, string, string, string];

const stack = useStack({
  azure: {
    fixture: {
      subscriptions: [{ subscriptionId }],
      resources: [
        ...platform,
        { id: topicId },
        { id: elsewhere },
        ...["broken", "unlucky", "last"].map((name) => workspace(name)),
        workspace("strayed", { attached: elsewhere }),
      ],
      // What the app publishes with, where it may do no more than what is documented.
      roleAssignments: [{ scope: topicId, role: "EventGrid Data Sender", principalId: SELF }],
    },
  },
  topic: "notices",
  settings: { ...enforcing, WEBSITE_SITE_NAME: "remediator" },
  events: "none",
});
const keep = stoppedAtTheEnd();
let people: Receiver;

beforeAll(async () => {
  people = await receiverOf((stop) => {
    keep({ close: () => Promise.resolve().then(stop) });
  });
  const { endpoint } = people;
  await stack.azure.subscribe({ name: "people", topicId, endpoint, schema: "CloudEventSchemaV1_0" });
});

const deliveries = (): Received[] =>
  people.received.filter(({ headers }) => headers["aeg-event-type"] === "Notification");
const toldOf = (id: string): Received[] =>
  deliveries().filter(({ body }) => (body as { subject: string }).subject === id);
const told = (id: string): Promise<Received> => until(`people to be told of ${id}`, () => toldOf(id)[0]);

describe("somebody who subscribed to the topic", () => {
  it.each([
    [
      "a remediation",
      broken,
      {
        type: "AzureMLAcrRemediator.WorkspaceRemediated",
        data: {
          outcome: "remediated",
          message: expect.stringMatching(/^The workspace was put right: attach contosoml, grant AcrPull/) as unknown,
          done: expect.arrayContaining(["attach contosoml", "sync keys"]) as unknown,
        },
      },
    ],
    [
      "a workspace that is blocked",
      strayed,
      {
        type: "AzureMLAcrRemediator.WorkspaceBlocked",
        data: {
          outcome: "blocked",
          reason: "RegistryNotAllowed",
          message: expect.stringContaining("elsewhere") as unknown,
          done: [],
          whatToDo: expect.stringMatching(/^Find out who .*docs\/operations\.md#blocked-what-to-do\.$/) as unknown,
        },
      },
    ],
  ])("is told of %s, as a CloudEvent", async (_what, id, { type, data }) => {
    await remediate(stack.host, id);
    const { headers, body } = await told(id);
    // Throws unless it is a CloudEvent in structured mode.
    const event = HTTP.toEvent({ headers, body: JSON.stringify(body) });
    expect(event).toMatchObject({
      specversion: "1.0",
      source: "urn:azureml-acr-remediator:remediator",
      type,
      subject: id,
      data: { ...data, workspaceId: id, mode: "enforce", portalUrl: `https://portal.azure.com/#@/resource${id}` },
    });
    const { id: eventId, time, data: all } = event as { id: string; time: string; data: { reconcileId: string } };
    expect(eventId.startsWith(`${all.reconcileId}/`)).toBe(true);
    expect(Date.parse(time)).toBeGreaterThanOrEqual(began.getTime() - 1_000);
    expect((await stateOf(stack.host, id))?.outcome).toBe((data as { outcome: string }).outcome);
  });

  it("is told nothing more when the app is asked again and nothing has changed", async () => {
    await Promise.all([broken, strayed].map((id) => remediate(stack.host, id)));
    await remediate(stack.host, last);
    await told(last);
    await stack.azure.idle();
    expect([broken, strayed].map((id) => toldOf(id).length)).toEqual([1, 1]);
  });
});

describe("a topic that is down", () => {
  it("changes nothing else: the workspace is put right, and what could not be told is kept with the reason", async () => {
    stack.azure.setFaults([{ match: { path: "^/topics/" }, respond: { status: 503 } }]);
    const { body } = await remediate(stack.host, unlucky);
    expect(body).toMatchObject({ outcome: "remediated" });
    expect(writesFor(stack.azure, unlucky)).toEqual(wholeRemediation);
    const [kept] = await until("the event to be kept", async () => {
      const rejected = await rejectedSince(stack.azurite, began);
      return rejected.length > 0 && rejected;
    });
    expect(kept).toMatchObject({ source: "notification", reason: "NotPublished" });
    expect(kept?.message).toContain(`AzureMLAcrRemediator.WorkspaceRemediated of ${unlucky}: HTTP 503`);
    expect(JSON.parse(kept?.body ?? "")).toMatchObject({ specversion: "1.0", subject: unlucky });
    const logged = stack.host.logs().filter(({ message }) => message === kept?.message);
    expect(logged.map(({ level }) => level)).toEqual(["warning"]);
    expect(stack.azure.topicRequests.filter(({ status }) => status === 503)).toHaveLength(2);

    stack.azure.setFaults([]);
    expect((await remediate(stack.host, unlucky)).body).toMatchObject({ outcome: "compliant" });
    const failed = stack.host.logs().filter(({ message }) => message.includes("(Failed"));
    expect([failed, toldOf(unlucky)]).toEqual([[], []]);
  });
});

it("no secret is in the log, in storage, in an answer or in an event", async () => {
  expect(await leaksIn(stack)).toEqual([]);
  const { identityHeader } = stack.azure;
  const all = JSON.stringify([deliveries().map(({ body }) => body), stack.azure.topicEvents]);
  expect(all).not.toContain(identityHeader);
  expect(all).not.toMatch(/AccountKey|eyJ[\w-]{20,}/);
});
