import type { BusCapabilities } from '../port.ts';

/** `it` where the adapter has the capability; else a skip whose title names what is missing. */
export function needs(
  capability: keyof BusCapabilities,
  capabilities: BusCapabilities,
): (title: string, test: () => Promise<void>) => void {
  if (capabilities[capability]) return it;
  return (title, test) => {
    it.skip(`${title} [this bus lacks: ${capability}]`, test);
  };
}
