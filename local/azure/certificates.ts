import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { generate } from "selfsigned";

export interface Certificates {
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
}

const dayMs = 86_400_000;

let ofThisProcess: Promise<Certificates> | undefined;
const trusted = new Set<string>();

/**
 * A certificate authority of its own and a server certificate for this machine's loopback names, made anew by every process
 * (a test starts many stand-ins in one): the SDKs send bearer tokens only over https, and no key that anybody could reuse is
 * ever stored.
 */
export function certificates(): Promise<Certificates> {
  ofThisProcess ??= makeCertificates();
  return ofThisProcess;
}

/** Lets this process's own https clients, `fetch` and the SDKs, trust a stand-in's certificate authority. */
export function trust({ caPem }: Pick<Certificates, "caPem">): void {
  // Each time, Node reads anew all roots that there are, which takes longer than most tests.
  if (trusted.has(caPem)) return;
  setDefaultCACertificates([...getCACertificates("default"), caPem]);
  trusted.add(caPem);
}

async function makeCertificates(): Promise<Certificates> {
  // The real time, not the injected one: it is the client's TLS that judges validity.
  const common = {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date(Date.now() - dayMs),
    notAfterDate: new Date(Date.now() + 30 * dayMs),
  } as const;
  const ca = await generate([{ name: "commonName", value: "Azure stand-in CA" }], {
    ...common,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: "commonName", value: "localhost" }], {
    ...common,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  return { caPem: ca.cert, certPem: server.cert, keyPem: server.private };
}
