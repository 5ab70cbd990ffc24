import { useNow } from "@/lib/now";
import { Button } from "@/ui/button";
import { Table } from "@/ui/table";
import { lanesOf, type Piece } from "./lanes";
import type { Roster, Shift } from "./types";
import type { Stretch } from "@/lib/axis";
import { hoursWords, spanWords } from "./words";

interface ShiftTableProps {
  label: string;
  roster: Roster;
  stretch: Stretch;
  zone: string;
  me: string;
  onShift?: (shift: Shift) => void;
}

/** The same as the drawing, line by line. */
export function ShiftTable({ label, roster, stretch, zone, me, onShift }: ShiftTableProps) {
  const now = useNow(60_000);
  const pieces = lanesOf(roster, stretch)[0]?.pieces ?? [];
  const layerName = (id: string) => roster.layers.find((layer) => layer.id === id)?.name ?? "";
  return (
    <Table
      label={label}
      rows={pieces}
      rowKey={(piece) => piece.key}
      empty={<p className="duty-none muted">Nothing stands here: this time is not planned.</p>}
      columns={[
        { id: "when", head: "When", cell: (piece) => spanWords(new Date(piece.from).toISOString(), new Date(piece.to).toISOString(), now, zone) },
        { id: "hours", head: "Hours", end: true, cell: (piece) => hoursWords((piece.to - piece.from) / 3_600_000) },
        { id: "who", head: "Who", cell: (piece) => <Who piece={piece} me={me} /> },
        { id: "by", head: "By", cell: ({ shift }) => (shift ? <span className="muted">{layerName(shift.layer)}</span> : "") },
        ...(onShift
          ? [
              {
                id: "do",
                head: "",
                end: true,
                cell: ({ shift }: Piece) =>
                  shift && (
                    <Button tone="quiet" aria-label={`Open the shift of ${shift.name}, ${spanWords(shift.from, shift.to, now, zone)}`} onClick={() => onShift(shift)}>
                      Open…
                    </Button>
                  ),
              },
            ]
          : []),
      ]}
    />
  );
}

function Who({ piece: { shift }, me }: { piece: Piece; me: string }) {
  if (!shift) return <strong className="duty-nobody-word">▲ nobody</strong>;
  return shift.person === me ? <strong>{shift.name}, you</strong> : <span>{shift.name}</span>;
}
