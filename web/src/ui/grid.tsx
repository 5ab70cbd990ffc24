import { type Range, useVirtualizer, defaultRangeExtractor } from "@tanstack/react-virtual";
import { memo, type ReactNode, type RefObject, useCallback, useEffect, useId, useMemo, useRef, useState } from "react";
import { cx } from "./cx";
import "./grid.css";

export interface GridColumn<Row> {
  id: string;
  head: string;
  /** Width in px; the one column without takes what is left (at least `min`). */
  width?: number;
  min?: number;
  /** When room is short, columns with the highest number go first; 0 never goes. */
  drop?: number;
  cell: (row: Row) => ReactNode;
  /** What a pointer over the cell is told. */
  hint?: (row: Row) => string;
  end?: boolean;
  /** Sort key for the API; the head becomes a button. */
  sort?: string;
  /** Its first press sorts upwards: what is due first. */
  rises?: boolean;
}

export interface Rows<Row> {
  length: number;
  at: (index: number) => Row | undefined;
}

interface GridProps<Row> {
  label: string;
  columns: GridColumn<Row>[];
  /** An array, or something like one of which not every row is there. */
  rows: Rows<Row>;
  /** The place of a row, for rows that are no array. */
  indexOf?: (key: string) => number;
  /** All rows there are, where it is known exactly. */
  total: number | undefined;
  rowKey: (row: Row) => string;
  rowLabel: (row: Row) => string;
  /** Key of the row the keyboard is on. */
  active: string | undefined;
  onActive: (key: string) => void;
  onOpen: (key: string) => void;
  /** Rows that are ticked; without it there is nothing to tick. */
  selected?: ReadonlySet<string>;
  onSelect?: (key: string, range: boolean) => void;
  /** "-severity": descending by severity. */
  sort?: string;
  onSort?: (sort: string) => void;
  /** Called when the end comes near. */
  onEnd?: () => void;
  /** Called with the places of the first and the last row on the screen. */
  onRange?: (first: number, last: number) => void;
  /** Under the last row: loading, an error, the end. */
  foot?: ReactNode;
  gridRef?: RefObject<HTMLDivElement | null>;
}

const ROW = 30;
const CHECK = 34;

/**
 * A list of any length as an ARIA grid. The grid itself has the focus and points at the active row
 * (aria-activedescendant), so a row may leave the document or be replaced without losing the keyboard.
 */
export function Grid<Row>(props: GridProps<Row>) {
  const { columns, rows, total, rowKey, active, onEnd, onRange, sort = "", onSort, onSelect } = props;
  const check = onSelect ? CHECK : 0;
  const id = useId();
  const ownRef = useRef<HTMLDivElement>(null);
  const ref = props.gridRef ?? ownRef;
  const width = useWidth(ref);
  const shown = useMemo(() => fitColumns(columns, width, check), [columns, width, check]);
  const template = templateOf(shown, check);
  const first = onSelect ? 2 : 1;
  const activeIndex = useMemo(() => placeOf(rows, active, rowKey, props.indexOf), [rows, active, rowKey, props.indexOf]);

  const extract = useCallback(
    (range: Range) => {
      const visible = defaultRangeExtractor(range);
      // The active row stays in the document: aria-activedescendant must point at something.
      return activeIndex < 0 || visible.includes(activeIndex) ? visible : [...visible, activeIndex].sort((a, b) => a - b);
    },
    [activeIndex],
  );
  // eslint-disable-next-line react-hooks/incompatible-library -- we do not use the React compiler
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => ref.current,
    estimateSize: () => ROW,
    overscan: 3,
    rangeExtractor: extract,
    scrollPaddingStart: ROW,
  });
  const items = virtual.getVirtualItems();
  const [firstVisible, lastVisible] = [items.find((item) => item.index !== activeIndex)?.index ?? 0, items.findLast((item) => item.index !== activeIndex)?.index ?? 0];

  useEffect(() => {
    if (activeIndex >= 0) virtual.scrollToIndex(activeIndex);
  }, [activeIndex, virtual]);
  useEffect(() => {
    if (rows.length > 0 && lastVisible >= rows.length - 40) onEnd?.();
  }, [lastVisible, rows.length, onEnd]);
  useEffect(() => onRange?.(firstVisible, lastVisible), [firstVisible, lastVisible, onRange]);

  return (
    <div
      ref={ref}
      className="grid"
      role="grid"
      aria-label={props.label}
      aria-rowcount={total === undefined ? -1 : total + 1}
      aria-colcount={shown.length + first - 1}
      aria-multiselectable={onSelect ? "true" : undefined}
      aria-activedescendant={activeIndex >= 0 ? `${id}-${active}` : undefined}
      tabIndex={0}
    >
      <div role="rowgroup" className="grid-head">
        <div role="row" aria-rowindex={1} className="grid-row" style={{ gridTemplateColumns: template }}>
          {onSelect && (
            <div role="columnheader" aria-colindex={1}>
              <span className="visually-hidden">Selected</span>
            </div>
          )}
          {shown.map((column, i) => (
            <Head key={column.id} column={column} index={i + first} sort={sort} onSort={onSort} />
          ))}
        </div>
      </div>
      <div role="rowgroup" className="grid-body" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rows.at(item.index);
          if (row === undefined) {
            return (
              <div key={item.index} role="row" aria-rowindex={item.index + 2} className="grid-row grid-absent" style={{ transform: `translateY(${item.start}px)` }}>
                <div role="gridcell" aria-colindex={1} className="grid-cell muted">
                  …
                </div>
              </div>
            );
          }
          const key = rowKey(row);
          return (
            <GridRow
              key={key}
              id={`${id}-${key}`}
              row={row}
              rowId={key}
              label={props.rowLabel(row)}
              index={item.index + 2}
              top={item.start}
              columns={shown}
              template={template}
              active={key === active}
              selected={props.selected?.has(key) ?? false}
              onActive={props.onActive}
              onOpen={props.onOpen}
              onSelect={onSelect}
            />
          );
        })}
      </div>
      {props.foot && <div className="grid-foot">{props.foot}</div>}
    </div>
  );
}

function Head<Row>({ column, index, sort, onSort }: { column: GridColumn<Row>; index: number; sort: string; onSort: ((s: string) => void) | undefined }) {
  const key = onSort && column.sort;
  const direction = !key ? undefined : sort === key ? "ascending" : sort === `-${key}` ? "descending" : "none";
  return (
    <div role="columnheader" aria-colindex={index} aria-sort={direction} className={cx("grid-cell", column.end && "cell-end")}>
      {key ? (
        <button type="button" className="grid-sort" onClick={() => onSort(nextSort(sort, key, column.rises ?? false))}>
          {column.head}
          <span aria-hidden="true">{direction === "ascending" ? " ↑" : direction === "descending" ? " ↓" : ""}</span>
        </button>
      ) : (
        column.head
      )}
    </div>
  );
}

/** The other way round where it is sorted by this already. */
function nextSort(sort: string, key: string, rises: boolean): string {
  if (sort === key) return `-${key}`;
  return sort === `-${key}` || rises ? key : `-${key}`;
}

interface RowProps<Row> {
  id: string;
  row: Row;
  rowId: string;
  label: string;
  index: number;
  top: number;
  columns: GridColumn<Row>[];
  template: string;
  active: boolean;
  selected: boolean;
  onActive: (key: string) => void;
  onOpen: (key: string) => void;
  onSelect: ((key: string, range: boolean) => void) | undefined;
}

// Memoised and free of headless widgets: measured, those made scrolling two to eight times slower.
const GridRow = memo(function GridRow<Row>(props: RowProps<Row>) {
  const { row, rowId, columns, active, selected, onSelect } = props;
  const first = onSelect ? 2 : 1;
  return (
    // The keyboard is the grid's; a click on a row is the pointer's way to the same thing.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div
      id={props.id}
      role="row"
      aria-rowindex={props.index}
      aria-selected={onSelect ? selected : active}
      className={cx("grid-row", active && "grid-active")}
      style={{ gridTemplateColumns: props.template, transform: `translateY(${props.top}px)` }}
      onClick={() => props.onActive(rowId)}
      onDoubleClick={() => props.onOpen(rowId)}
    >
      {onSelect && (
        <div role="gridcell" aria-colindex={1} className="grid-check">
          <input
            type="checkbox"
            tabIndex={-1}
            checked={selected}
            aria-label={`Select ${props.label}`}
            onChange={() => undefined}
            onClick={(event) => {
              event.stopPropagation();
              onSelect(rowId, event.shiftKey);
            }}
          />
        </div>
      )}
      {columns.map((column, i) => (
        <div key={column.id} role="gridcell" aria-colindex={i + first} title={column.hint?.(row)} className={cx("grid-cell", column.end && "cell-end")}>
          {column.cell(row)}
        </div>
      ))}
    </div>
  );
}) as <Row>(props: RowProps<Row>) => ReactNode;

/** The place of a row by its key, -1 when it is not there. */
function placeOf<Row>(rows: Rows<Row>, key: string | undefined, rowKey: (row: Row) => string, indexOf?: (key: string) => number): number {
  if (key === undefined) return -1;
  if (indexOf) return indexOf(key);
  for (let i = 0; i < rows.length; i += 1) {
    const row = rows.at(i);
    if (row !== undefined && rowKey(row) === key) return i;
  }
  return -1;
}

function useWidth(ref: RefObject<HTMLDivElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!ref.current) return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, [ref]);
  return width;
}

/** Leaves columns out, the least important first, until the rest fits. A width of 0 is not yet known. */
export function fitColumns<Row>(columns: GridColumn<Row>[], width: number, check = CHECK): GridColumn<Row>[] {
  const shown = [...columns];
  const needed = () => check + shown.reduce((sum, column) => sum + (column.width ?? column.min ?? 200), 0);
  while (width > 0 && needed() > width) {
    const worst = Math.max(...shown.map((column) => column.drop ?? 0));
    if (worst === 0) break;
    shown.splice(
      shown.findLastIndex((column) => (column.drop ?? 0) === worst),
      1,
    );
  }
  return shown;
}

function templateOf<Row>(columns: GridColumn<Row>[], check: number): string {
  const widths = columns.map((column) => (column.width ? `${column.width}px` : `minmax(${column.min ?? 200}px, 1fr)`));
  return [...(check > 0 ? [`${check}px`] : []), ...widths].join(" ");
}
