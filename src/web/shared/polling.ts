import { useEffect, useRef } from "preact/hooks";

/**
 * Looks again every so many seconds while the tab can be seen, and at once when it can be seen again; `undefined` looks never.
 * The next look is not begun before the last one is over, and a look that fails is tried again like any other.
 */
export function usePolling(seconds: number | undefined, look: () => Promise<unknown>): void {
  const latest = useRef(look);
  latest.current = look;
  useEffect(() => {
    if (seconds === undefined) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const next = (): void => {
      if (!isOver && !document.hidden) timer = setTimeout(turn, seconds * 1_000);
    };
    const turn = (): void => {
      timer = undefined;
      // Whoever looks shows what went wrong.
      void latest
        .current()
        .catch(() => undefined)
        .finally(next);
    };
    const onVisibility = (): void => {
      clearTimeout(timer);
      timer = undefined;
      if (!document.hidden) turn();
    };
    document.addEventListener("visibilitychange", onVisibility);
    next();
    return () => {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onVisibility);
    };
  }, [seconds]);
}
