import { describe, expect, it } from "vitest";
import { inboxTraffic } from "../../local/chaos/inbox-traffic.ts";
import { forbidden, Log, rightEnd, verdictOn } from "./hand-made.ts";

const fine = { rules: [], races: 0 };

describe("a request for a look", () => {
  it("may be removed by a process that read the workspace after the request came", () => {
    expect(verdictOn(new Log().accepted("one").read("a").removed("a", "one"))).toEqual(fine);
  });

  it("must not be removed by one that read it before", () => {
    expect(verdictOn(new Log().read("a").accepted("one").removed("a", "one")).rules).toEqual(["lostRequest"]);
  });

  it("must not be removed because another process read it", () => {
    expect(verdictOn(new Log().accepted("one").read("b").removed("a", "one")).rules).toEqual(["lostRequest"]);
  });

  it("may make room for the look that comes instead", () => {
    expect(verdictOn(new Log().read("a").accepted("one").accepted("two").removed("a", "one"))).toEqual(fine);
  });
});

describe("the inbox's traffic is read off", () => {
  const done = { status: 204, headers: {}, body: "" };
  const request = (method: string, path: string, body = "") => ({ method, path: `/account/${path}`, body });

  it("an insertion", () => {
    const body = JSON.stringify({ PartitionKey: "ws", RowKey: "one" });
    expect(inboxTraffic(request("POST", "Inbox", body), done)).toEqual({
      kind: "accepted",
      partition: "ws",
      rows: ["one"],
    });
    expect(inboxTraffic(request("POST", "Inbox", body), { ...done, status: 409 })).toBeUndefined();
    expect(inboxTraffic(request("POST", "History", body), done)).toBeUndefined();
  });

  it("a deletion", () => {
    const path = "Inbox(PartitionKey='ws',RowKey='one')";
    expect(inboxTraffic(request("DELETE", path), done)).toEqual({ kind: "removed", partition: "ws", rows: ["one"] });
    expect(inboxTraffic(request("DELETE", path), { ...done, status: 404 })).toBeUndefined();
    expect(inboxTraffic(request("GET", path), done)).toBeUndefined();
  });

  it("a transaction, which is done as a whole or not at all", () => {
    const url = (row: string): string => `http://127.0.0.1/account/Inbox(PartitionKey='ws',RowKey='${row}')`;
    const body = ["one", "two"].map((row) => `DELETE ${url(row)} HTTP/1.1\r\n`).join("\r\n");
    const answer = (status: string) => ({ ...done, status: 202, body: `HTTP/1.1 ${status}\r\n` });
    expect(inboxTraffic(request("POST", "$batch", body), answer("204 No Content"))).toMatchObject({
      rows: ["one", "two"],
    });
    expect(inboxTraffic(request("POST", "$batch", body), answer("404 Not Found"))).toBeUndefined();
  });
});

describe("an attachment that replaced what somebody attached after the look", () => {
  const replacing = (log: Log): Log =>
    log.write("a", "attach", { truth: { containerRegistry: forbidden } }).write("a", "sync");
  const write = "Microsoft.MachineLearningServices/workspaces/write";

  it("has to be told of, once an event told of that", () => {
    const log = replacing(new Log().read("a").changed(write));
    expect(verdictOn(log)).toEqual({ rules: ["raceUntold"], races: 1 });
    const told = { ...rightEnd, tellsOfRace: true };
    expect(
      verdictOn(log, { end: { workspaces: [told], inbox: [], poison: [], leaks: [], crashes: [] } }).rules,
    ).toEqual([]);
  });

  it("cannot be told of without an event, nor when a read lagged behind, nor by a process that died of it", () => {
    expect(verdictOn(replacing(new Log().read("a").changed(write, false))).rules).toEqual([]);
    expect(verdictOn(replacing(new Log().changed(write).read("a"))).rules).toEqual([]);
    expect(verdictOn(replacing(new Log().read("a").changed(write)).killed("a")).rules).toEqual([]);
  });
});
