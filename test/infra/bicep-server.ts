/** One Bicep CLI that stays up, as starting it and reading Azure's types takes seconds each time. */
import { spawn } from "node:child_process";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";

/** Source of methods and fields: Azure/bicep, src/Bicep.Cli/Rpc/ICliJsonRpcProtocol.cs. */
export interface BicepServer {
  readonly compile: (file: string) => Promise<Compiled>;
  /** The text as `bicep format` writes it. */
  readonly format: (file: string) => Promise<string>;
  /** What a `.bicepparam` file would have deployed at a scope, as JSON. @throws Error for what does not compile */
  readonly snapshot: (file: string, at: SnapshotScope) => Promise<string>;
  readonly close: () => void;
}

export interface Compiled {
  /** What compiler and linter say. */
  readonly diagnostics: readonly { readonly code: string; readonly message: string }[];
  /** The template as JSON; absent when there is an error. */
  readonly contents?: string;
}

export interface SnapshotScope {
  readonly subscriptionId?: string;
  readonly managementGroupId?: string;
  readonly location: string;
  readonly deploymentName: string;
}

export function startBicep(program: string): BicepServer {
  const child = spawn(program, ["jsonrpc", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  connection.listen();
  const ask = <Answer>(method: string, request: object): Promise<Answer> =>
    connection.sendRequest(`bicep/${method}`, request);
  /** The server only says that it failed; why, the compiler does. */
  const why = async (path: string): Promise<Error> => {
    const { diagnostics } = await ask<Compiled>("compileParams", { path, parameterOverrides: {} });
    return new Error(diagnostics.map(({ code, message }) => `${code}: ${message}`).join("\n"));
  };
  return {
    compile: (path) => ask("compile", { path }),
    format: async (path) => (await ask<{ contents: string }>("format", { path })).contents,
    snapshot: async (path, metadata) => {
      const { snapshot } = await ask<{ snapshot: string }>("getSnapshot", { path, metadata }).catch(async () => {
        throw await why(path);
      });
      return snapshot;
    },
    close: () => {
      connection.dispose();
      child.kill();
    },
  };
}
