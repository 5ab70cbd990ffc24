import type { ReactNode } from "react";
import { cx } from "./cx";
import "./table.css";

export interface TableColumn<Row> {
  id: string;
  head: string;
  cell: (row: Row) => ReactNode;
  /** Numbers stand at the right. */
  end?: boolean;
  /** Takes what room is left and is cut when there is none. */
  grow?: boolean;
}

interface TableProps<Row> {
  label: string;
  columns: TableColumn<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** Shown under the head when there are no rows. */
  empty?: ReactNode;
}

/** A plain table for short lists (up to a few hundred rows). */
export function Table<Row>({ label, columns, rows, rowKey, empty }: TableProps<Row>) {
  return (
    // Focusable so that a narrow window can be scrolled by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="table-frame" tabIndex={0} role="group" aria-label={label}>
      <table className="table" aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" className={cx(column.end && "cell-end")}>
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column) => (
                <td key={column.id} className={cx(column.end && "cell-end", column.grow && "cell-grow")}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && empty}
    </div>
  );
}
