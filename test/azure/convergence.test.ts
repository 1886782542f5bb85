import fc from "fast-check";
import { expect, test } from "vitest";

import { countOf, policyOf, Remediator } from "./remediator.ts";
import {
  begin,
  defaultRegistry,
  drift,
  fixtureOf,
  generatedWorld,
  type Member,
  membersOf,
  rules,
  settingsOf,
  type WorldSpec,
} from "./generated-world.ts";
import { complaint, isJustified, objection } from "./oracle.ts";
import { subscriptionId } from "./setting.ts";

const policy = policyOf({ subscriptions: [subscriptionId], rules, defaultRegistry });

test("from any world, working until nothing waits ends well or with a reason, writes only what is allowed, and only once", async () => {
  await fc.assert(fc.asyncProperty(generatedWorld, converges), { numRuns: 8, interruptAfterTimeLimit: 25_000 });
}, 60_000);

async function converges(spec: WorldSpec): Promise<void> {
  const members = membersOf(spec);
  const remediator = await Remediator.start({ ...policy, mode: "audit" }, fixtureOf(spec, members), settingsOf(spec));
  try {
    begin(remediator.azure, members);
    judgeEveryWrite(remediator, members);
    await remediator.settle(members.map(({ spelled }) => spelled));
    expect(countOf(remediator.azure.requests).writes, "writes of an audit").toEqual([]);

    remediator.policy = policy;
    await convergeUnder(spec.faults, remediator, members);
    drift(remediator.azure, members);
    // Facts are used for five minutes: by then every look sees what has changed.
    remediator.clock.advance(300_001);
    await convergeUnder(spec.faults, remediator, members);
    for (const member of members) {
      const outcome = remediator.outcomeOf(member.id);
      expect(isJustified(outcome, member), `${JSON.stringify(outcome)} of ${JSON.stringify(member.spec)}`).toBe(true);
    }
    await lookAgain(remediator, members);
  } finally {
    await remediator.azure.close();
  }
}

function judgeEveryWrite(remediator: Remediator, members: readonly Member[]): void {
  const { azure } = remediator;
  remediator.onWorked = ({ name }, sent) => {
    const member = members.find(({ id }) => id.toLowerCase().endsWith(`/${name.toLowerCase()}`));
    if (member === undefined) throw new Error(`${name} is not of this world.`);
    for (const write of sent.filter(({ isWrite }) => isWrite)) {
      const against = objection(azure, member, write);
      if (against !== undefined)
        throw new Error(`${write.method} ${write.path} ${JSON.stringify(write.body)}, and ${against}.`);
    }
    expect(sent.filter(({ early }) => early)).toEqual([]);
  };
}

async function convergeUnder(
  faults: WorldSpec["faults"],
  remediator: Remediator,
  members: readonly Member[],
): Promise<void> {
  remediator.azure.setFaults(faults);
  await settleAndCheck(remediator, members);
  calmDown(remediator);
  // Twice: a project may have been looked at before its hub had a registry.
  await settleAndCheck(remediator, members);
  await settleAndCheck(remediator, members);
}

/** Whatever calls itself right must be right. */
async function settleAndCheck(remediator: Remediator, members: readonly Member[]): Promise<void> {
  remediator.clock.advance(15_000);
  await remediator.settle(members.map(({ spelled }) => spelled));
  for (const member of members.filter((one) => isRight(remediator, one)))
    expect(complaint(remediator.azure, member), JSON.stringify(member.spec)).toBeUndefined();
}

/** Nothing fails or lags any more, and what had been written is seen by everybody. */
function calmDown({ azure, clock }: Remediator): void {
  azure.setFaults([]);
  azure.settings.staleReadSeconds = 0;
  clock.advance(3_600_000);
}

/** Remembered, adopted or found anew: what is right is not written to again, but for one sync of keys that nobody knows. */
async function lookAgain(remediator: Remediator, members: readonly Member[]): Promise<void> {
  const withKeys = members.filter((member) => hasKeysSynced(remediator, member));
  const ids = withoutRefused(remediator, members);
  const writesOfAPass = async (): Promise<readonly string[]> => {
    remediator.clock.advance(15_000);
    return countOf(await remediator.settle(ids, "sweep")).writes;
  };
  expect(await writesOfAPass(), "writes of a second pass").toEqual([]);

  remediator.stores.messages.splice(0);
  remediator.stores.requests.clear();
  remediator.stores.memories.clear();
  remediator.restart();
  const synced = withKeys.map(() => "POST resyncKeys");
  expect(await writesOfAPass(), "writes after everything was forgotten").toEqual(synced);

  remediator.stores.memories.clear();
  remediator.policy = { ...policy, firstSight: "adopt" };
  expect(await writesOfAPass(), "writes where keys are adopted").toEqual([]);
}

function isRight(remediator: Remediator, { id }: Member): boolean {
  return ["compliant", "remediated"].includes(remediator.outcomeOf(id)?.kind ?? "");
}

/** What is right, and what lacks nothing but a whole grant in the place of a restricted one, which has nothing to do with keys. */
function hasKeysSynced(remediator: Remediator, member: Member): boolean {
  const outcome = remediator.outcomeOf(member.id);
  return isRight(remediator, member) || (outcome?.kind === "blocked" && outcome.reason === "ConditionalGrant");
}

/** All but those whose grant Azure refuses: every look tries that again. */
function withoutRefused(remediator: Remediator, members: readonly Member[]): readonly string[] {
  return members
    .filter(({ id }) => {
      const outcome = remediator.outcomeOf(id);
      return !(outcome?.kind === "blocked" && outcome.reason === "RequestRefused");
    })
    .map(({ spelled }) => spelled);
}
