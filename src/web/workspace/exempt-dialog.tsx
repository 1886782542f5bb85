import { useRef } from "preact/hooks";
import { Dialog } from "../shared/dialog.tsx";

/** As the app allows, less a day for time zones (src/api/workspace.ts: 366). */
const longestDays = 365;
const dayMs = 86_400_000;

interface ExemptDialogProps {
  readonly name: string;
  readonly onExempt: (until: string, reason: string) => void;
  readonly onCancel: () => void;
}

/** Asks until when a workspace is to be left alone, and why. */
export function ExemptDialog({ name, onExempt, onCancel }: ExemptDialogProps) {
  const until = useRef<HTMLInputElement>(null);
  const reason = useRef<HTMLTextAreaElement>(null);
  const now = Date.now();
  return (
    <Dialog
      title="Exempt the workspace"
      confirm="Exempt"
      onCancel={onCancel}
      onConfirm={() => {
        const day = until.current?.value ?? "";
        onExempt(new Date(`${day}T23:59:59`).toISOString(), reason.current?.value.trim() ?? "");
      }}
    >
      <p class="text">
        <bdi>{name}</bdi> is left alone until the end of this day, then looked after again by itself.
      </p>
      <label>
        <span>Until</span>
        <input
          ref={until}
          type="date"
          required
          min={dayOf(now)}
          max={dayOf(now + longestDays * dayMs)}
          defaultValue={dayOf(now + 7 * dayMs)}
        />
      </label>
      <label>
        <span>Why</span>
        <textarea ref={reason} required maxLength={500} rows={3} placeholder="For whoever wonders later" />
      </label>
    </Dialog>
  );
}

/** The local day of a moment, as an input of the type date wants it. */
function dayOf(at: number): string {
  const date = new Date(at);
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
