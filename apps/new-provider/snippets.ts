// What a new provider says of itself in files that belong to all of them. A test generates one and runs the compiler and the checks over it.
import type { ProviderNames } from './provider-names.ts';

/** Its entry in `libs/config/providers.ts`. The sandbox's credentials are those of the copied simulator. */
export function configRules({ lower, upper }: ProviderNames): string {
  return `  ${lower}: {
    settings: {
      merchantId: { env: '${upper}_MERCHANT_ID', required: true },
      secretKey: { env: '${upper}_SECRET_KEY', required: true, secret: true },
      baseUrl: { env: '${upper}_BASE_URL', address: true },
    },
    merchantSetting: 'merchantId',
    keySetting: 'secretKey',
    sandbox: {
      merchantId: 'sandbox_merchant',
      secretKey: 'test_${lower}_sandbox_key',
    },
  },
`;
}

/** Its variables: name, meaning, default, and whether the value is a secret. */
function variablesOf({
  lower,
  pascal,
  upper,
}: ProviderNames): readonly (readonly [string, string, string | null, boolean])[] {
  return [
    [`${upper}_MERCHANT_ID`, `merchant id of ${pascal}'s default account`, null, false],
    [`${upper}_SECRET_KEY`, `secret key that belongs to ${upper}_MERCHANT_ID`, null, true],
    [`${upper}_BASE_URL`, `origin of ${pascal}'s API`, `https://api.${lower}.example`, false],
  ];
}

/** Its lines in `libs/config/environment.ts`. */
export function variables(names: ProviderNames): string {
  return variablesOf(names)
    .map(([name, meaning, fallback, isSecret]) => {
      const said = JSON.stringify(meaning);
      if (isSecret) return `  secret('${name}', ${said}),\n`;
      return `  plain('${name}', ${said}, ${fallback === null ? 'null' : `'${fallback}'`}),\n`;
    })
    .join('');
}

/** The same lines in the README's table of variables. */
export function variableRows(names: ProviderNames): string {
  return variablesOf(names)
    .map(([name, meaning, fallback]) => `| \`${name}\` | ${meaning} | ${fallback ?? '–'} |\n`)
    .join('');
}

/** Its part in `libs/scenario/provider-script.ts`, by which the demo plays its order service and its bank. */
export function scenarioScript({ lower, upper }: ProviderNames): string {
  return `const ${upper}: ProviderScript = {
  name: '${lower}',
  currency: 'EUR',
  otherCurrencies: ['GBP', 'JPY'],
  foreign: { currency: 'USD', code: 'CURRENCY_MISMATCH' },
  minorMax: 900_000,
  keyless: false,
  declinedAmount: null,
  paymentFields: (kind) => (kind === 'authorized' ? { status: 'authorized' } : {}),
  unknownPaymentId: (random) => \`pay_\${random.text(20)}\`,
  bank: {
    behaviour: { newRefundStatus: 'pending' },
    usual: { newRefundStatus: 'succeeded' },
    waiting: 'pending',
    refuse: 'fail',
    refused: { kind: 'declined', code: 'PROVIDER_DECLINED' },
  },
};
`;
}
