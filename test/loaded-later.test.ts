import { expect, test, vi } from "vitest";
import { loadedLater, once } from "../src/loaded-later.ts";

interface Port {
  readonly greet: (name: string, times: number) => Promise<string>;
  readonly fail: () => Promise<never>;
}
const names = { greet: true, fail: true } as const;
const port: Port = {
  greet: (name, times) => Promise.resolve(`hello ${name}`.repeat(times)),
  fail: () => Promise.reject(new Error("no")),
};

test("a port is loaded by the first call of a method, and not before", async () => {
  const load = vi.fn(() => Promise.resolve(port));
  const later = loadedLater<Port>(names, load);
  expect(load).not.toHaveBeenCalled();
  expect(await later.greet("you", 2)).toBe("hello youhello you");
  await expect(later.fail()).rejects.toThrow("no");
});

test("what is made once is made once, also for those who ask at the same time", async () => {
  const make = vi.fn(() => Promise.resolve({}));
  const made = once(make);
  const [first, second] = await Promise.all([made(), made()]);
  expect(await made()).toBe(first);
  expect(second).toBe(first);
  expect(make).toHaveBeenCalledOnce();
});

test("what could not be made is tried again by the next call", async () => {
  const make = vi.fn().mockRejectedValueOnce(new Error("disk")).mockResolvedValue("made");
  const made = once(make);
  await expect(made()).rejects.toThrow("disk");
  expect(await made()).toBe("made");
});
