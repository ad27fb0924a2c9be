import Table from 'cli-table3';

/** A table without colours and without a rule under every row, the same on a terminal and in a file. */
export function compactTable(options: Table.TableConstructorOptions): Table.Table {
  return new Table({
    ...options,
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
}
