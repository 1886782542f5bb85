/** The little of DER (ITU-T X.690) that a certificate needs. Every function answers one encoded value. */

export function sequence(...parts: Buffer[]): Buffer {
  return encode(0x30, ...parts);
}

export function set(...parts: Buffer[]): Buffer {
  return encode(0x31, ...parts);
}

/** A non-negative integer from its big-endian bytes. */
export function integer(bytes: Buffer): Buffer {
  const isNegative = ((bytes[0] ?? 0) & 0x80) !== 0;
  return encode(0x02, ...(isNegative ? [Buffer.of(0)] : []), bytes);
}

export function boolean(value: boolean): Buffer {
  return encode(0x01, Buffer.of(value ? 0xff : 0));
}

/** An object identifier in dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return encode(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

export function utf8(text: string): Buffer {
  return encode(0x0c, Buffer.from(text));
}

export function octets(content: Buffer): Buffer {
  return encode(0x04, content);
}

/** A bit string whose last byte has so many unused bits. */
export function bits(content: Buffer, unused = 0): Buffer {
  return encode(0x03, Buffer.of(unused), content);
}

/** UTCTime: good for the years 1950 to 2049. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, "");
  return encode(0x17, Buffer.from(digits.slice(2)));
}

/** A context-specific value: constructed when it holds other values, primitive when it replaces a simple type's tag. */
export function tagged(tag: number, content: Buffer, form: "constructed" | "primitive" = "constructed"): Buffer {
  return encode((form === "constructed" ? 0xa0 : 0x80) + tag, content);
}

function encode(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}
