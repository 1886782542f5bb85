/** Texts, a line each. */
export function Lines({ texts }: { texts: readonly string[] }) {
  return (
    <ul class="plain">
      {texts.map((text, at) => (
        <li key={at} class="text">
          {text}
        </li>
      ))}
    </ul>
  );
}
