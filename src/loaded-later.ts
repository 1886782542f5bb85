/** What a port that is loaded later may offer: methods that promise. */
type Promising<Port> = { readonly [Name in keyof Port]: (...args: never[]) => Promise<unknown> };

/**
 * A port whose code is loaded when one of its methods is first called, so that who does not need it does not load it. Where
 * loading failed, the next call tries again.
 * @param load called by each call: it has to answer with the same port each time
 */
export function loadedLater<Port extends Promising<Port>>(
  methods: Readonly<Record<keyof Port, true>>,
  load: () => Promise<Port>,
): Port {
  const later =
    (name: keyof Port) =>
    async (...args: never[]): Promise<unknown> =>
      (await load())[name](...args);
  return Object.fromEntries(Object.keys(methods).map((name) => [name, later(name as keyof Port)])) as Port;
}

/** Calls `make` until it has succeeded once, then answers with what that made. */
export function once<Made>(make: () => Promise<Made>): () => Promise<Made> {
  let made: Promise<Made> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined; // the next call tries again
      throw error;
    });
    return made;
  };
}
