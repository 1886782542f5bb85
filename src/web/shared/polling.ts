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
    let isLooking = false;
    let isOver = false;
    const next = (): void => {
      isLooking = false;
      if (!isOver && !document.hidden) timer = setTimeout(turn, seconds * 1_000);
    };
    const turn = (): void => {
      isLooking = true;
      // Whoever looks shows what went wrong.
      void latest
        .current()
        .catch(() => undefined)
        .finally(next);
    };
    const onVisibility = (): void => {
      clearTimeout(timer);
      if (!document.hidden && !isLooking) turn();
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
