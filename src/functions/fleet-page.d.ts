/** The fleet page of `src/web/`, which `build-page.ts` makes when the app is bundled. */
declare module "fleet-page" {
  /** One document that needs nothing else. */
  export const html: string;
  /** Lets this very script and style run, and nothing besides. */
  export const contentSecurityPolicy: string;
}
