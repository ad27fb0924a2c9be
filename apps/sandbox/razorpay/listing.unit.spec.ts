import { newestFirst } from './listing.ts';

const timesS = [10, 20, 20, 30, 30, 30, 40];
const items = timesS.map((createdAtS, index) => ({ createdAtS, index }));
const everything = { fromS: 0, toS: Number.MAX_SAFE_INTEGER, count: 100, skip: 0 };

describe('a page of a list', () => {
  it.each([
    ['everything', {}, [6, 5, 4, 3, 2, 1, 0]],
    ['the first three', { count: 3 }, [6, 5, 4]],
    ['the next three', { count: 3, skip: 3 }, [3, 2, 1]],
    ['the rest', { count: 3, skip: 6 }, [0]],
    ['nothing past the end', { skip: 7 }, []],
    ['both ends of a period included', { fromS: 20, toS: 30 }, [5, 4, 3, 2, 1]],
    ['a period with a skip', { fromS: 20, toS: 30, skip: 3 }, [2, 1]],
    ['nothing between two moments', { fromS: 21, toS: 29 }, []],
    ['nothing of a period turned round', { fromS: 30, toS: 20 }, []],
  ])('holds %s, newest first', (_case, page, expected) => {
    expect(newestFirst(items, { ...everything, ...page }).map(({ index }) => index)).toEqual(expected);
  });
});
