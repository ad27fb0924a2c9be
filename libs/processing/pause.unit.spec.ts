import { Pause } from './pause.ts';

const FOR_EVER_MS = 2 ** 31 - 1;

describe('the pause of a loop', () => {
  it('is cut short when it ends', async () => {
    const pause = new Pause();
    const waited = pause.wait(FOR_EVER_MS);
    pause.end();
    await waited;
    expect(pause.ended).toBe(true);
  });

  it('is none any more once it has ended: whoever was told to stop in a round does not rest after it', async () => {
    const pause = new Pause();
    pause.end();
    await pause.wait(FOR_EVER_MS);
    expect(pause.ended).toBe(true);
  });

  it('lasts as long as it is asked for otherwise', async () => {
    const pause = new Pause();
    await pause.wait(1);
    expect(pause.ended).toBe(false);
  });
});
