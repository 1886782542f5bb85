/** Whether a text can be sent as a key at all: a header takes no spaces, line ends or letters beyond ASCII. */
export function canBeKey(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}
