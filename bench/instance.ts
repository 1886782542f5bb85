/**
 * The limits that Node.js gives itself where it finds 2 GiB, the memory of an instance (2,048 MB): a heap of 1,120 MB, which
 * are 1,024 MB and three times the semi-space (seen with Node 24.18 in a container of 2 GiB, lightdash/lightdash#28559; Node.js
 * documentation, "--max-semi-space-size"). On a machine with more memory Node collects garbage so much later that peak memory
 * says more of the machine than of what runs on it.
 */
export const instanceMemory: readonly string[] = ["--max-old-space-size=1024", "--max-semi-space-size=32"];
