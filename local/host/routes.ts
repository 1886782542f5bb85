/** Route templates of HTTP functions: literals, `{name}`, `{name?}` and `{*rest}`; constraints are not modelled. */

type Segment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "parameter"; readonly name: string; readonly optional: boolean }
  | { readonly kind: "rest"; readonly name: string };

export interface Route {
  readonly segments: readonly Segment[];
}

/** Throws for a template that is not modelled. */
export function parseRoute(template: string): Route {
  const parts = template.split("/").filter((part) => part !== "");
  return { segments: parts.map((part) => parseSegment(part, template)) };
}

function parseSegment(part: string, template: string): Segment {
  if (!/[{}]/.test(part)) return { kind: "literal", text: part.toLowerCase() };
  const [, star, name, optional] = /^\{(\*{0,2})([A-Za-z_]\w*)(\??)\}$/.exec(part) ?? [];
  if (name === undefined) throw new Error(`Route "${template}": "${part}" is not modelled.`);
  return star === "" ? { kind: "parameter", name, optional: optional === "?" } : { kind: "rest", name };
}

/**
 * The parameters of a match, undefined when the path does not match. Literals compare without case; values are
 * percent-decoded except `%2F`, which ASP.NET Core leaves as it is; optional parameters that are absent stay out.
 */
export function matchRoute({ segments }: Route, path: string): Record<string, string> | undefined {
  const parts = path.split("/").filter((part) => part !== "");
  const parameters: Record<string, string> = {};
  let at = 0;
  for (const segment of segments) {
    const part = parts[at];
    if (segment.kind === "rest") {
      if (part !== undefined) parameters[segment.name] = parts.slice(at).map(decode).join("/");
      at = parts.length;
    } else if (segment.kind === "literal") {
      if (part === undefined || decode(part).toLowerCase() !== segment.text) return undefined;
      at += 1;
    } else if (part !== undefined) {
      parameters[segment.name] = decode(part);
      at += 1;
    } else if (!segment.optional) {
      return undefined;
    }
  }
  return at === parts.length ? parameters : undefined;
}

/** Orders routes as the host tries them: segment by segment, literals before parameters before `{*rest}`. */
export function byPrecedence(a: Route, b: Route): number {
  const rank = { literal: 1, parameter: 3, rest: 5 };
  for (let at = 0; at < Math.max(a.segments.length, b.segments.length); at += 1) {
    const [left, right] = [a.segments[at], b.segments[at]];
    const difference = (left ? rank[left.kind] : 0) - (right ? rank[right.kind] : 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll(/%2f/gi, "%252F"));
  } catch {
    return part;
  }
}
