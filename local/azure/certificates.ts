import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

import { bits, boolean, integer, octets, oid, sequence, set, tagged, time, utf8 } from "./der.ts";

export interface Certificates {
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
}

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const CA_NAME = "Azure stand-in CA";
const DAY_MS = 86_400_000;

/**
 * A certificate authority of its own and a server certificate for this machine's loopback names, made anew at every
 * start: the SDKs send bearer tokens only over https, and no key that anybody could reuse is ever stored.
 */
export function makeCertificates(): Certificates {
  const caKeys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const serverKeys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const caPem = certificate(CA_NAME, caKeys.publicKey, caKeys, [
    extension("2.5.29.19", sequence(boolean(true)), "critical"), // basicConstraints: a CA
    extension("2.5.29.15", bits(Buffer.of(0x06), 1), "critical"), // keyUsage: keyCertSign, cRLSign
    extension("2.5.29.14", octets(keyIdentifier(caKeys.publicKey))), // subjectKeyIdentifier
  ]);
  const certPem = certificate("localhost", serverKeys.publicKey, caKeys, [
    extension("2.5.29.19", sequence(), "critical"), // basicConstraints: not a CA
    extension("2.5.29.15", bits(Buffer.of(0x80), 7), "critical"), // keyUsage: digitalSignature
    extension("2.5.29.37", sequence(oid("1.3.6.1.5.5.7.3.1"))), // extendedKeyUsage: serverAuth
    extension("2.5.29.17", sequence(dnsName("localhost"), ipAddress([127, 0, 0, 1]))), // subjectAltName
    extension("2.5.29.35", sequence(tagged(0, keyIdentifier(caKeys.publicKey), "primitive"))), // authorityKeyIdentifier
  ]);
  return { caPem, certPem, keyPem: serverKeys.privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

/** An X.509 version 3 certificate (RFC 5280) that the CA's key signs, in PEM. */
function certificate(commonName: string, publicKey: KeyObject, ca: KeyPair, extensions: Buffer[]): string {
  const ecdsaWithSha256 = sequence(oid("1.2.840.10045.4.3.2"));
  // The real time, not the injected one: it is the client's TLS that judges validity.
  const validity = sequence(time(new Date(Date.now() - DAY_MS)), time(new Date(Date.now() + 30 * DAY_MS)));
  const toBeSigned = sequence(
    tagged(0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    ecdsaWithSha256,
    name(CA_NAME),
    validity,
    name(commonName),
    publicKey.export({ type: "spki", format: "der" }),
    tagged(3, sequence(...extensions)),
  );
  const der = sequence(toBeSigned, ecdsaWithSha256, bits(sign("sha256", toBeSigned, ca.privateKey)));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

function name(commonName: string): Buffer {
  return sequence(set(sequence(oid("2.5.4.3"), utf8(commonName))));
}

function extension(id: string, value: Buffer, critical?: "critical"): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));
}

function keyIdentifier(publicKey: KeyObject): Buffer {
  return createHash("sha1")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest();
}

function dnsName(text: string): Buffer {
  return tagged(2, Buffer.from(text), "primitive");
}

function ipAddress(bytes: number[]): Buffer {
  return tagged(7, Buffer.from(bytes), "primitive");
}
