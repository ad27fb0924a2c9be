// The layers of docs/ARCHITECTURE.md as a machine sees them. `npm run layers` fails on any arrow not listed there.
const libs = '^libs/';
const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from, pathNot: ['\\.spec\\.ts$', '/testing/'] },
  to: { path: '^(libs|apps|test)/', pathNot: [from, ...allowed] },
});

export default {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'refund-is-pure',
      severity: 'error',
      from: { path: '^libs/refund/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: ['^libs/refund/', '^node_modules/decimal\\.js/'] },
    },
    {
      name: 'provider-knows-no-other-provider',
      severity: 'error',
      from: { path: '^libs/provider-(?!kit/)([^/]+)/' },
      to: { path: '^libs/provider-(?!kit/)', pathNot: '^libs/provider-$1/' },
    },
    {
      name: 'provider-imports-kit-and-refund-only',
      severity: 'error',
      from: { path: '^libs/provider-(?!kit/)([^/]+)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(libs|apps)/', pathNot: ['^libs/provider-$1/', '^libs/provider-kit/', '^libs/refund/'] },
    },
    {
      name: 'no-deep-import-past-index',
      severity: 'error',
      from: { path: '^(apps|libs)/([^/]+)/' },
      to: { path: libs, pathNot: ['^$1/$2/', '^libs/[^/]+/((testing|submit|review|intake)/)?index\\.ts$'] },
    },
    {
      name: 'only-processing-submits',
      severity: 'error',
      from: { pathNot: ['^libs/(processing|provider-[^/]+)/', '^apps/processor/'] },
      to: { path: '^libs/provider-kit/submit/' },
    },
    {
      name: 'only-the-processor-composes-submitters',
      severity: 'error',
      from: { pathNot: ['^libs/provider-[^/]+/', '^apps/processor/', '^test/'] },
      to: { path: '^libs/provider-(?!kit/)[^/]+/submit/' },
    },
    {
      // Not even through something in between: an operator's tool only reads at the provider, and writes notes.
      name: 'refundctl-moves-no-money',
      severity: 'error',
      from: { path: '^apps/refundctl/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^libs/provider-[^/]+/submit/', reachable: true },
    },
    {
      // Whatever is replayed or compared, no provider is ever sent anything: the port that could is out of reach.
      name: 'reconciliation-moves-no-money',
      severity: 'error',
      from: { path: '^libs/reconciliation/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^libs/provider-[^/]+/submit/', reachable: true },
    },
    {
      name: 'kafkajs-only-in-bus-kafka',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['^libs/bus/kafka/', '\\.spec\\.ts$'] },
      to: { path: '^node_modules/kafkajs/' },
    },
    {
      name: 'axios-only-in-provider-kit-http',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['^libs/provider-kit/http/', '\\.spec\\.ts$'] },
      to: { path: '^node_modules/axios/' },
    },
    {
      name: 'sandbox-shares-nothing-with-the-providers',
      severity: 'error',
      from: { path: '^apps/sandbox/' },
      to: { path: '^libs/(provider-|refund/|processing/|store/)' },
    },
    only('bus-and-store-layer', '^libs/(bus|store)/', ['^libs/(refund|contracts)/']),
    only('processing-layer', '^libs/processing/', [
      '^libs/(refund|contracts|provider-kit|store|bus|observability|config)/',
    ]),
    only('reconciliation-layer', '^libs/reconciliation/', [
      '^libs/(refund|contracts|provider-kit|store|bus|config)/',
    ]),
    only('contracts-layer', '^libs/contracts/', ['^libs/refund/']),
    only('observability-is-a-leaf', '^libs/observability/', []),
    only('config-is-a-leaf', '^libs/config/', []),
    only('accounting-consumer-layer', '^libs/accounting-consumer/', [
      '^libs/(contracts|bus|observability|config)/',
    ]),
    {
      // Whoever books results has no way to the calls that make them.
      name: 'accounting-moves-no-money',
      severity: 'error',
      from: { path: '^(libs/accounting-consumer|apps/accounting)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '/submit/', reachable: true },
    },
    // A provider's suite runs against the sandbox: only its spec may start it.
    {
      name: 'libs-do-not-know-apps',
      severity: 'error',
      from: { path: libs, pathNot: '\\.spec\\.ts$' },
      to: { path: '^(apps|test)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules/@types)/' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'node', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};
