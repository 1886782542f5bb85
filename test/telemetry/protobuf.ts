/** Reads the wire format of protocol buffers, as far as OTLP uses it (protobuf.dev, "Encoding"). */

/** What a message holds, by the numbers of its fields: numbers as they are, everything else as bytes. */
export class Message {
  readonly #fields = new Map<number, (bigint | Buffer)[]>();

  constructor(bytes: Buffer) {
    let at = 0;
    const varint = (): bigint => {
      let value = 0n;
      for (let shift = 0n; ; shift += 7n) {
        const byte = bytes.readUInt8(at++);
        value |= BigInt(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
      }
    };
    const take = (length: number): Buffer => bytes.subarray(at, (at += length));
    while (at < bytes.length) {
      const key = Number(varint());
      const wire = key & 7;
      if (![0, 1, 2, 5].includes(wire)) throw new Error(`There is no wire type ${wire}.`);
      const value = wire === 0 ? varint() : take(wire === 1 ? 8 : wire === 5 ? 4 : Number(varint()));
      this.#fields.set(key >> 3, [...(this.#fields.get(key >> 3) ?? []), value]);
    }
  }

  bytes(field: number): Buffer | undefined {
    const value = this.#fields.get(field)?.at(-1);
    return Buffer.isBuffer(value) ? value : undefined;
  }

  text(field: number): string {
    return this.bytes(field)?.toString("utf8") ?? "";
  }

  hex(field: number): string {
    return this.bytes(field)?.toString("hex") ?? "";
  }

  integer(field: number): number | undefined {
    const value = this.#fields.get(field)?.at(-1);
    if (value === undefined) return undefined;
    return Number(typeof value === "bigint" ? BigInt.asIntN(64, value) : value.readBigInt64LE());
  }

  double(field: number): number | undefined {
    return this.bytes(field)?.readDoubleLE();
  }

  messages(field: number): Message[] {
    return (this.#fields.get(field) ?? []).map((value) => new Message(value as Buffer));
  }

  message(field: number): Message | undefined {
    return this.messages(field).at(-1);
  }
}
