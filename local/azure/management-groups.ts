import { idKey } from "./arm-id.ts";

export interface ManagementGroup {
  readonly name: string;
  /** The name of the one it lies in. */
  readonly parent?: string | undefined;
  readonly subscriptions: readonly string[];
}

/** The hierarchy of management groups, as far as a fixture gives it. Names and ids are compared without regard to case. */
export class ManagementGroups {
  readonly #byName: Map<string, ManagementGroup>;

  /** @throws TypeError when a parent is not there or a group lies in itself */
  constructor(groups: readonly ManagementGroup[]) {
    this.#byName = new Map(groups.map((group) => [group.name.toLowerCase(), group]));
    groups.forEach(({ name }) => this.pathTo(name));
  }

  find(name: string): ManagementGroup | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  /** The group and those it lies in, from the inside out, by name in lower case. */
  pathTo(name: string): string[] {
    const path: string[] = [];
    for (let next: string | undefined = name; next !== undefined;) {
      const group = this.find(next);
      if (!group) throw new TypeError(`managementGroups: there is no '${next}'`);
      if (path.includes(group.name.toLowerCase())) throw new TypeError(`managementGroups: '${name}' lies in itself`);
      path.push(group.name.toLowerCase());
      next = group.parent;
    }
    return path;
  }

  /** The subscriptions in the group and in those below it. */
  subscriptionsUnder(name: string): string[] {
    const inside = [...this.#byName.values()].filter((group) => this.pathTo(group.name).includes(name.toLowerCase()));
    return inside.flatMap(({ subscriptions }) => subscriptions);
  }

  /** The names of the groups that a subscription lies in, from the inside out; none for one that lies in no group of the fixture. */
  groupsOf(subscriptionId: string): string[] {
    const holder = [...this.#byName.values()].find((group) => holds(group, subscriptionId));
    return holder === undefined ? [] : this.pathTo(holder.name).map((name) => this.find(name)?.name ?? name);
  }

  /** Takes a subscription out of its group, and puts it into another where one is given. @throws TypeError when that is not there */
  move(subscriptionId: string, name?: string): void {
    if (name !== undefined && !this.find(name)) throw new TypeError(`managementGroups: there is no '${name}'`);
    for (const [key, group] of this.#byName) {
      const others = group.subscriptions.filter((id) => id.toLowerCase() !== subscriptionId.toLowerCase());
      const isNew = key === name?.toLowerCase();
      this.#byName.set(key, { ...group, subscriptions: isNew ? [...others, subscriptionId] : others });
    }
  }

  /** The names, in lower case, of the groups above these subscriptions. */
  above(subscriptionIds: ReadonlySet<string>): Set<string> {
    const holders = [...this.#byName.values()].filter(({ subscriptions }) =>
      subscriptions.some((id) => subscriptionIds.has(id.toLowerCase())),
    );
    return new Set(holders.flatMap(({ name }) => this.pathTo(name)));
  }
}

function holds({ subscriptions }: ManagementGroup, subscriptionId: string): boolean {
  return subscriptions.some((id) => id.toLowerCase() === subscriptionId.toLowerCase());
}

/** The name in the id of a management group, in lower case; undefined for any other scope. */
export function managementGroupOf(scope: string): string | undefined {
  return /^\/providers\/microsoft\.management\/managementgroups\/([^/]+)$/.exec(idKey(scope))?.[1];
}
