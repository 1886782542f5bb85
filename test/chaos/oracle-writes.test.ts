import { describe, expect, it } from "vitest";
import { charge, forbidden, id, images, Log, verdictOn } from "./hand-made.ts";

const fine = { rules: [], races: 0 };
const violating = (...rules: string[]) => ({ rules, races: 0 });

describe("a remediation as it should be", () => {
  it("reads, attaches and grants at the same time, syncs, and reads back", () => {
    const log = new Log().read("a");
    const attach = log.sent("a", "attach");
    const grant = log.sent("a", "grant");
    log.answered(grant, 201).answered(attach).write("a", "sync").read("a", { containerRegistry: images });
    expect(verdictOn(log)).toEqual(fine);
  });

  it("may be taken over by another process that reads first", () => {
    const log = new Log().read("a").write("a", "attach").killed("a");
    log.read("b", { containerRegistry: images }).write("b", "grant").write("b", "sync");
    expect(verdictOn(log)).toEqual(fine);
  });
});

describe("two workers at one workspace", () => {
  it("must not write after each other without reading in between", () => {
    const log = new Log().read("a").read("b").write("a", "sync").write("b", "grant");
    expect(verdictOn(log)).toEqual(violating("writtenUnread"));
  });

  it("are not excused by a read that was asked before the other one wrote, and answered after", () => {
    const log = new Log().read("a");
    const asked = log.sent("b", "read");
    log.write("a", "sync").told(asked).write("b", "grant");
    expect(verdictOn(log).rules).toEqual(["writtenUnread"]);
  });

  it("must not write at the same time", () => {
    const log = new Log().read("a");
    const open = log.sent("a", "sync");
    log.read("b").write("b", "grant").answered(open);
    expect(verdictOn(log)).toEqual(violating("overlap"));
  });

  it("do not overlap when one gave up waiting for its answer", () => {
    const log = new Log().read("a");
    log.abandoned(log.sent("a", "sync")).read("b").write("b", "grant");
    expect(verdictOn(log)).toEqual(fine);
  });

  it("do not overlap when one was killed before its answer", () => {
    const log = new Log().read("a");
    const open = log.sent("a", "sync");
    log.killed("a").read("b").write("b", "grant").answered(open);
    expect(verdictOn(log)).toEqual(fine);
  });

  it("cannot help what a killed one had on the wire: a race", () => {
    const log = new Log().read("a").killed("a").read("b");
    log.write("a", "grant").write("b", "sync");
    expect(verdictOn(log)).toEqual({ rules: [], races: 1 });
  });

  it("share an identity without being taken for each other", () => {
    const log = new Log().read("a").read("b");
    const both = [id, `${id}-2`];
    log.answered(log.sent("a", "grant", images, both)).answered(log.sent("b", "grant", images, both));
    expect(verdictOn(log, { charges: [charge, { ...charge, workspaceId: `${id}-2` }] })).toEqual(fine);
  });
});

describe("one process", () => {
  it("must not send the same twice at once", () => {
    const log = new Log().read("a");
    const first = log.sent("a", "sync");
    log.answered(log.sent("a", "sync")).answered(first);
    expect(verdictOn(log)).toEqual(violating("twiceAtOnce"));
  });

  it("may send the same again after it was answered", () => {
    expect(verdictOn(new Log().read("a").write("a", "sync").write("a", "sync"))).toEqual(fine);
  });

  it("must not write what it never read", () => {
    expect(verdictOn(new Log().write("a", "sync"))).toEqual(violating("writtenUnread"));
  });
});

describe("what was told last counts", () => {
  it.each([
    ["toldTransient", { provisioningState: "Updating" }],
    ["toldTransient", { provisioningState: "Failed" }],
    ["toldExempt", { isExempt: true }],
    ["toldGone", "gone"],
    ["notAllowed", { containerRegistry: forbidden }],
  ] as const)("%s: a write after %o", (rule, told) => {
    expect(verdictOn(new Log().read("a").read("a", told).write("a", "sync"))).toEqual(violating(rule));
    expect(verdictOn(new Log().read("a", told).read("a").write("a", "sync"))).toEqual(fine);
  });

  it("also when it came with the answer to a write of its own, which is a rule by itself", () => {
    const log = new Log().read("a");
    log.told(log.sent("a", "attach"), { provisioningState: "Updating" }).write("a", "sync");
    expect(verdictOn(log)).toEqual(violating("unheededAnswer"));
  });

  it("but a grant goes out with the attachment whose answer it need not know", () => {
    const log = new Log().read("a");
    log.told(log.sent("a", "attach"), { isExempt: true }).write("a", "grant").read("a").write("a", "sync");
    expect(verdictOn(log)).toEqual(fine);
  });

  it("to this process: what another one was told does not excuse it", () => {
    const log = new Log().read("a", { provisioningState: "Updating" }).read("b").write("a", "sync");
    expect(verdictOn(log)).toEqual(violating("toldTransient"));
  });

  it("not what was true: a write that met another world than it was told of is a race", () => {
    const log = (truth: object): Log => new Log().read("a").write("a", "sync", { truth });
    for (const truth of [
      { isTransient: true },
      { isExempt: true },
      { exists: false },
      { containerRegistry: forbidden },
    ])
      expect(verdictOn(log(truth))).toEqual({ rules: [], races: 1 });
  });

  it("of a hub, that any time since the process has the lease: looks at its projects read it too", () => {
    const charges = [{ ...charge, isHub: true }];
    const updating = { provisioningState: "Updating" };
    const log = new Log().leased("a").read("a").read("a", updating).write("a", "sync");
    expect(verdictOn(log, { charges })).toEqual(fine);
    const earlier = new Log().read("a").leased("a").read("a", updating).write("a", "sync");
    expect(verdictOn(earlier, { charges }).rules).toEqual(["toldTransient"]);
  });
});

describe("the lease", () => {
  it("is over once storage gave it to another process", () => {
    const log = new Log().leased("a").read("a").leased("b").write("a", "sync");
    expect(verdictOn(log)).toEqual(violating("overlap"));
  });

  it("has to be taken before the workspace is read", () => {
    expect(verdictOn(new Log().read("a").leased("a").write("a", "sync"))).toEqual(violating("writtenUnread"));
    expect(verdictOn(new Log().leased("a").read("a").write("a", "sync"))).toEqual(fine);
  });
});

describe("an attachment", () => {
  it("must not follow a read that showed a registry", () => {
    const log = new Log().read("a", { containerRegistry: images }).write("a", "attach").write("a", "sync");
    expect(verdictOn(log)).toEqual(violating("attachUnseen"));
  });

  it("must not be sent again without another read", () => {
    const log = new Log().read("a").write("a", "attach", { status: 500 }).write("a", "attach").write("a", "sync");
    expect(verdictOn(log)).toEqual(violating("attachUnseen"));
  });

  it("may be sent again after a read that still shows none", () => {
    const log = new Log().read("a").write("a", "attach", { status: 500 }).read("a").write("a", "attach");
    expect(verdictOn(log.write("a", "sync"))).toEqual(fine);
  });

  it("may follow a grant of the same look", () => {
    expect(verdictOn(new Log().read("a").write("a", "grant").write("a", "attach").write("a", "sync"))).toEqual(fine);
  });

  it("that replaced what somebody attached meanwhile is a race", () => {
    const log = new Log()
      .read("a")
      .write("a", "attach", { truth: { containerRegistry: forbidden } })
      .write("a", "sync");
    expect(verdictOn(log)).toEqual({ rules: [], races: 1 });
  });

  it("has to be followed by a key sync, unless the workspace was deleted", () => {
    const log = new Log().read("a").write("a", "sync").read("a").write("a", "attach");
    expect(verdictOn(log)).toEqual(violating("unsynced"));
    expect(verdictOn(log.changed("Microsoft.MachineLearningServices/workspaces/delete"))).toEqual(fine);
  });

  it("that failed needs none", () => {
    expect(verdictOn(new Log().read("a").write("a", "attach", { status: 503 }))).toEqual(fine);
  });
});

describe("what the policy does not allow", () => {
  const charges = [{ ...charge, isProject: true }];
  it.each([
    [
      "to attach another registry",
      new Log().read("a").write("a", "attach", { registryId: forbidden }).write("a", "sync"),
      [charge],
    ],
    ["to grant on another registry", new Log().read("a").write("a", "grant", { registryId: forbidden }), [charge]],
    ["to attach anything to a project", new Log().read("a").write("a", "attach").write("a", "sync"), charges],
    ["to write anything else", new Log().read("a").write("a", "other"), [charge]],
    ["to write to a workspace of another subscription", new Log().read("a").write("a", "sync"), []],
  ])("is %s", (_what, log, of) => {
    expect(verdictOn(log, { charges: of })).toEqual(violating("notAllowed"));
  });
});
