import { Dialog as Base } from "@base-ui/react/dialog";
import { type ReactNode, useRef, useState } from "react";
import { Button, type ButtonTone } from "./button";
import { cx } from "./cx";
import { TextArea } from "./field";
import { Form } from "./form";
import "./dialog.css";

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** A sentence under the title. */
  description?: ReactNode;
  wide?: boolean;
  /** Leaves the title to assistive technology alone (the palette). */
  bare?: boolean;
  children: ReactNode;
}

/** A window over the page. Escape closes it and the focus goes back to where it was. */
export function Dialog({ open, onClose, title, description, wide, bare, children }: DialogProps) {
  const popup = useRef<HTMLDivElement>(null);
  // The first thing to fill in, not the way out.
  const initialFocus = () => firstField(popup.current) ?? true;
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="dialog-backdrop" />
        <Base.Popup ref={popup} initialFocus={initialFocus} className={cx("dialog", wide && "dialog-wide", bare && "dialog-bare")}>
          <div className={bare ? "visually-hidden" : "dialog-head"}>
            <Base.Title className="dialog-title">{title}</Base.Title>
            <Base.Close className="btn btn-quiet" aria-label="Close">
              Esc
            </Base.Close>
          </div>
          {description && <Base.Description className="muted dialog-description">{description}</Base.Description>}
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

// Of radio buttons the one that is chosen: the keyboard would choose another on its way there.
function firstField(popup: HTMLElement | null): HTMLElement | null | undefined {
  const first = popup?.querySelector<HTMLElement>("input:not(:disabled), select, textarea");
  const isRadio = first instanceof HTMLInputElement && first.type === "radio";
  return (isRadio && first.closest("fieldset")?.querySelector<HTMLElement>(":checked")) || first;
}

interface ConfirmProps {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: ReactNode;
  /** What the button says: the deed, never "OK". */
  confirm: string;
  tone?: ButtonTone;
  /** Label of the reason; without it no reason is asked. */
  reason?: string;
  onConfirm: (reason: string) => void;
  busy?: boolean;
  error?: unknown;
}

/** Asks before something that is hard to undo, with a reason where the record needs one. */
export function ConfirmDialog(props: ConfirmProps) {
  return (
    <Dialog open={props.open} onClose={props.onClose} title={props.title} description={props.description}>
      <ConfirmForm {...props} />
    </Dialog>
  );
}

// A form of its own so that a reason typed and cancelled is gone when the dialog opens again.
function ConfirmForm({ confirm, tone = "primary", reason, onConfirm, onClose, busy, error }: ConfirmProps) {
  const [text, setText] = useState("");
  return (
    <Form
      onSubmit={() => onConfirm(text.trim())}
      error={error}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone={tone} busy={busy ?? false}>
            {confirm}
          </Button>
        </>
      }
    >
      {reason !== undefined && <TextArea label={reason} rows={3} value={text} onChange={(e) => setText(e.target.value.trimStart())} />}
    </Form>
  );
}
