import { sumOf } from './metrics.ts';

const TEXT = `# HELP refundry_duplicates_total Repeated requests.
# TYPE refundry_duplicates_total counter
refundry_duplicates_total 7
refundry_duplicates_total_of_another_name 100
refundry_dead_letters_total{code="NOT_UTF8"} 2
refundry_dead_letters_total{code="VALUE_MISSING"} 3
`;

describe('a counter in the text of /metrics', () => {
  it('is read without labels, summed over them, and 0 when it is not there', () => {
    expect(sumOf(TEXT, 'refundry_duplicates_total')).toBe(7);
    expect(sumOf(TEXT, 'refundry_dead_letters_total')).toBe(5);
    expect(sumOf(TEXT, 'refundry_late_answers_total')).toBe(0);
  });
});
