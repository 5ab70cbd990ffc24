import { formatCode } from "@/lib/format";
import { Indicator } from "@/ui/indicator";
import { Table } from "@/ui/table";
import type { FindingDetail } from "./words";

type One = FindingDetail["indicators"][number];

/** The indicators of one finding, harmless to look at. */
export function IndicatorList({ indicators }: { indicators: readonly One[] }) {
  return (
    <Table
      label="Indicators"
      columns={[
        { id: "value", head: "Value", grow: true, cell: (one) => <Indicator type={one.type} value={one.value} /> },
        { id: "type", head: "Type", cell: (one) => one.type },
        { id: "role", head: "Role", cell: (one) => formatCode(one.role) },
      ]}
      rows={indicators}
      rowKey={(one) => `${one.type} ${one.role} ${one.value}`}
      empty={<p className="muted findings-none">The finding names none.</p>}
    />
  );
}
