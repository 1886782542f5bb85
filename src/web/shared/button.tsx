import type { ComponentChildren } from "preact";

interface ButtonProps {
  readonly onPress: () => void;
  /** What it does is being done: it takes no press, and yet keeps the focus, which a disabled one would lose. */
  readonly isBusy?: boolean;
  readonly isPrimary?: boolean;
  readonly children: ComponentChildren;
}

/** A button for something that takes a while. */
export function Button({ onPress, isBusy = false, isPrimary = false, children }: ButtonProps) {
  return (
    <button
      type="button"
      class={isPrimary ? "primary" : undefined}
      aria-disabled={isBusy}
      onClick={() => {
        if (!isBusy) onPress();
      }}
    >
      {children}
    </button>
  );
}
