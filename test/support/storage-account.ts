import { type Azurite, type Azurites, startAzurites } from "../../local/azurite.ts";

/** More than all files together need. */
const names = Array.from({ length: 100 }, (_, index) => `account${index}`);
let emulator: Promise<Azurites> | undefined;
let used = 0;

/**
 * An empty storage account of an emulator that all files of this process share: to start one takes a second of a processor.
 * It ends with the process.
 */
export async function storageAccount(): Promise<Azurite> {
  emulator ??= startAzurites(names);
  const name = names[used++];
  if (name === undefined) throw new Error(`All ${names.length} accounts are used.`);
  return (await emulator).account(name);
}
