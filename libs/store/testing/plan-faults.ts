import type { Client } from 'pg';
import type { Statement } from '../statement.ts';

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Subplan Name'?: string;
  readonly 'CTE Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** Tables that hold what waits: sorting one reads all of it. */
const QUEUES = new Set(['lane', 'look_up', 'outbox']);

/** A row per configured account: reading all of it is reading nothing. */
const HANDFULS = new Set(['account']);

/** What in the statement's generic plan would grow with a table, on this connection's settings. Empty: it only follows indexes. */
export async function planFaults(
  client: Client,
  statement: Statement,
  allowed: { readonly hashJoins: boolean } = { hashJoins: false },
): Promise<readonly string[]> {
  const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(
    `explain (generic_plan, format json) ${statement.text}`,
  );
  const root = rows[0]?.['QUERY PLAN'][0]?.Plan;
  if (root === undefined) throw new Error(`${statement.name} has no plan`);
  return nodesOf(root).flatMap((node) => faultsOf(node, allowed.hashJoins));
}

function faultsOf(node: PlanNode, areHashJoinsAllowed: boolean): string[] {
  const kind = node['Node Type'];
  const table = node['Relation Name'];
  if (kind === 'Seq Scan') return [`Seq Scan on ${String(table)}`];
  if (kind.startsWith('Bitmap')) return [`${kind} on ${String(table ?? 'an index')}`];
  if (kind === 'Merge Join' || (kind === 'Hash Join' && !areHashJoinsAllowed)) {
    const tables = tablesUnder(node);
    return tables.length === 0 ? [] : [`${kind} on ${tables.join(', ')}`];
  }
  if (kind === 'Index Scan' || kind === 'Index Only Scan')
    return node['Index Cond'] === undefined && !HANDFULS.has(String(table))
      ? [`${kind} of all of ${String(table)}`]
      : [];
  if (kind === 'Sort' || kind === 'Incremental Sort')
    return tablesUnder(node, 'Limit')
      .filter((each) => QUEUES.has(each))
      .map((each) => `${kind} of ${each}`);
  return [];
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

/** Tables read in the subtree, not looking below nodes of the kind `barrier`, nor into a part of the statement that hangs there and that nobody reads. */
function tablesUnder(node: PlanNode, barrier?: string): string[] {
  return (node.Plans ?? []).flatMap((child) =>
    child['Node Type'] === barrier || isUnread(child, node)
      ? []
      : [
          ...(child['Relation Name'] !== undefined && child['Node Type'].includes('Scan')
            ? [child['Relation Name']]
            : []),
          ...tablesUnder(child, barrier),
        ],
  );
}

/** A `with` part whose rows nothing in the subtree takes, such as a delete beside a query. */
function isUnread(part: PlanNode, under: PlanNode): boolean {
  const name = /^CTE (.*)$/.exec(part['Subplan Name'] ?? '')?.[1];
  return name !== undefined && nodesOf(under).every((node) => node['CTE Name'] !== name);
}
