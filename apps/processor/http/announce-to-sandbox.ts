import type { AccountBook, Watch } from '#libs/processing';

const TIMEOUT_MS = 2000;
/** Addresses that mean "every interface": the sandbox sends to this machine only. */
const EVERYWHERE = new Set(['0.0.0.0', '::', '']);

/**
 * Tells the sandbox where each provider's webhooks go: to the default account, the only one that SANDBOX_URL makes. A sandbox that does not take it
 * is no reason not to run: refunds are polled as well.
 */
export async function announceToSandbox(
  sandboxUrl: string,
  accounts: AccountBook,
  listens: { readonly host: string; readonly port: number },
  watch: Pick<Watch, 'log'>,
): Promise<void> {
  for (const { account, module } of accounts.accounts) {
    if (module.webhooks === undefined || account.name !== 'default') continue;
    const { provider } = account;
    const url = `http://${hostOf(listens.host)}:${String(listens.port)}/webhooks/${provider}/${account.name}`;
    try {
      const answer = await fetch(`${sandboxUrl}/_sandbox/webhooks`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ provider, url }),
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (answer.ok) watch.log('info', 'the sandbox sends its webhooks here', { provider, url });
      else refused(provider, url, `${String(answer.status)} ${(await answer.text()).slice(0, 300)}`);
    } catch (error) {
      refused(provider, url, String(error));
    }
  }

  function refused(provider: string, url: string, why: string): void {
    watch.log('warn', 'the sandbox will send no webhooks here; refunds are polled', { provider, url, why });
  }
}

function hostOf(host: string): string {
  if (EVERYWHERE.has(host)) return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
