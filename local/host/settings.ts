/** App settings as the host itself uses them: `%NAME%` in bindings, and the connections that bindings name. */
export interface Settings {
  /** Replaces each `%NAME%` by that setting; throws when one is missing. */
  resolve(text: string): string;
  /** The connection string in the named setting, `AzureWebJobsStorage` by default, with or without that prefix. */
  connectionString(name: string | undefined): string;
  /** `AzureWebJobs.<function>.Disabled` is `true` or `1`. */
  isDisabled(functionName: string): boolean;
}

export function createSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  return {
    resolve: (text) =>
      text.replaceAll(/%([^%]+)%/g, (whole, name: string) => {
        const value = env[name];
        if (value === undefined) throw new Error(`'${whole}' does not resolve to a value: no such app setting.`);
        return value;
      }),
    connectionString: (name = "AzureWebJobsStorage") => {
      const value = env[`AzureWebJobs${name}`] ?? env[name];
      if (value === undefined || value === "") {
        throw new Error(
          `Storage account connection string '${name}' does not exist. Make sure that it is a defined app setting ` +
            `(identity-based connections, '${name}__queueServiceUri', are not modelled).`,
        );
      }
      return value;
    },
    isDisabled: (functionName) => /^(true|1)$/i.test(env[`AzureWebJobs.${functionName}.Disabled`] ?? ""),
  };
}
