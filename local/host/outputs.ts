/** Output bindings: storage queues are written, an HTTP response is left to its caller, anything else is refused. */
import { encodeMessage, type MessageEncoding } from "./queue-encoding.ts";
import type { Binding, FunctionMetadata, InvocationResponse, TypedData } from "./rpc.ts";
import type { QueueServices } from "./queue-services.ts";
import type { Settings } from "./settings.ts";

/** Writes what one invocation put out; rejects, and so fails the invocation, when that is not possible. */
export type OutputWriter = (metadata: FunctionMetadata, response: InvocationResponse) => Promise<void>;

export interface OutputOptions {
  readonly settings: Settings;
  readonly queueServices: QueueServices;
  readonly messageEncoding: MessageEncoding;
}

/** The library's name for the binding that takes the return value. */
const returnBinding = "$return";

export function createOutputWriter({ settings, queueServices, messageEncoding }: OutputOptions): OutputWriter {
  async function writeQueue(binding: Binding, data: TypedData): Promise<void> {
    const service = await queueServices(binding.connection);
    const queue = service.getQueueClient(settings.resolve(String(binding.queueName)));
    await queue.createIfNotExists();
    for (const text of queueTexts(data)) await queue.sendMessage(encodeMessage(text, messageEncoding));
  }

  return async ({ bindings }, { outputData, returnValue }) => {
    const values = new Map((outputData ?? []).map(({ name, data }) => [name, data]));
    values.set(returnBinding, returnValue);
    for (const [name, binding] of Object.entries(bindings)) {
      const data = values.get(name);
      if (binding.direction === "out" && binding.type === "queue" && data) await writeQueue(binding, data);
    }
  };
}

/** An array becomes one message for each element; an element that is no string travels as JSON. */
function queueTexts(data: TypedData): string[] {
  if (typeof data.string === "string") return [data.string];
  const number = data.int ?? data.double;
  if (typeof number === "number") return [String(number)];
  if (typeof data.json !== "string")
    throw new Error("A queue output that is neither text, number nor JSON is not modelled.");
  const value: unknown = JSON.parse(data.json);
  const elements: unknown[] = Array.isArray(value) ? value : [value];
  return elements.map((element) => (typeof element === "string" ? element : JSON.stringify(element)));
}
