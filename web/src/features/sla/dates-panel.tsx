import { useState } from "react";
import { formatPlural } from "@/lib/format";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextArea } from "@/ui/field";
import { Form, Why } from "@/ui/form";
import { Panel } from "@/ui/panel";
import { Table } from "@/ui/table";
import type { CalendarProps } from "./calendars-tab";
import { datesOf, readDates, type SpecialDate, withDates } from "./dates";

const SHOWN = 40;

/** Holidays and half days. */
export function DatesPanel({ calendar, at, mistakes, readOnly, onChange }: CalendarProps) {
  const [pasting, setPasting] = useState(false);
  const [all, setAll] = useState(false);
  const dates = datesOf(calendar);
  const shown = all ? dates : dates.slice(-SHOWN);
  const set = (next: readonly SpecialDate[]) => {
    const { closed, special } = withDates(calendar, next);
    onChange({ closed, special });
  };
  return (
    <Panel title="Holidays and half days" aside={!readOnly && <Button onClick={() => setPasting(true)}>Add dates…</Button>}>
      <div className="field-error" aria-live="polite">
        {mistakes.under(`${at}.closed`) ?? mistakes.under(`${at}.special`)}
      </div>
      {dates.length === 0 ? (
        <p className="muted">Every week is like the others.</p>
      ) : (
        <Table
          label="Holidays and half days"
          rows={shown}
          rowKey={(row) => row.date}
          columns={[
            { id: "date", head: "Date", cell: (row) => row.date },
            { id: "hours", head: "Open", cell: (row) => (row.hours.length === 0 ? "closed" : row.hours.join(", ")) },
            {
              id: "do",
              head: "",
              end: true,
              cell: (row) =>
                !readOnly && (
                  <Button tone="quiet" aria-label={`Remove ${row.date}`} onClick={() => set(dates.filter((one) => one !== row))}>
                    Remove
                  </Button>
                ),
            },
          ]}
        />
      )}
      {shown.length < dates.length && <Button onClick={() => setAll(true)}>Show all {dates.length}</Button>}
      {pasting && <Paste known={dates} onAdd={(added) => set([...dates, ...added])} onClose={() => setPasting(false)} />}
    </Panel>
  );
}

function Paste({ known, onAdd, onClose }: { known: readonly SpecialDate[]; onAdd: (dates: SpecialDate[]) => void; onClose: () => void }) {
  const [text, setText] = useState("");
  const read = readDates(text);
  const replaced = read.dates.filter((one) => known.some((other) => other.date === one.date)).length;
  const why = read.mistakes.length > 0 ? "Mend the lines first" : read.dates.length === 0 && "Nothing to add yet";
  const add = () => {
    if (why) return;
    onAdd(read.dates);
    onClose();
  };
  return (
    <Dialog open wide onClose={onClose} title="Add dates" description="One on each line: 2026-12-25 is closed, 2026-12-24 09:00-13:00 has hours of its own. Words behind a date are left out.">
      <Form
        onSubmit={add}
        footer={
          <>
            <Why>{text.trim() !== "" && why}</Why>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" blocked={why}>
              Add
            </Button>
          </>
        }
      >
        <TextArea label="Dates" rows={10} spellCheck={false} value={text} onChange={(event) => setText(event.target.value)} />
        <div role="status">
          {read.dates.length > 0 && (
            <p>
              {formatPlural(read.dates.length, { one: "date", other: "dates" })}
              {replaced > 0 && `, ${replaced} of them in place of what is there`}.
            </p>
          )}
          {read.mistakes.slice(0, 5).map((mistake) => (
            <p key={mistake.line} className="field-error">
              Line {mistake.line}: {mistake.text} {mistake.why}
            </p>
          ))}
        </div>
      </Form>
    </Dialog>
  );
}
