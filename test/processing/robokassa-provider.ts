import { createRobokassa } from '#libs/provider-robokassa/submit';
import type { BenchProvider } from './bench-top.ts';

/** RoboKassa at the sandbox, a provider without keys; `more` are settings of its account. */
export function robokassa(more: Readonly<Record<string, string>> = {}): BenchProvider {
  return {
    name: 'robokassa',
    currency: 'RUB',
    open: (surroundings) => {
      const provider = createRobokassa(surroundings);
      const passwords = { password1: 'password1', password2: 'password2', password3: 'password3' };
      return {
        ...provider,
        account: (baseUrl) =>
          provider.readAccount({
            name: 'default',
            merchant: 'demo',
            settings: { login: 'demo', ...passwords, baseUrl, ...more },
          }),
      };
    },
  };
}
