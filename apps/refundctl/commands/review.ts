import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { addReviewList } from './review-list.ts';
import { addReviewResolve } from './review-resolve.ts';
import { addReviewShow } from './review-show.ts';

export function addReview(program: Command, terminal: Terminal): void {
  const review = program.command('review').description('refunds that a person has to decide');
  addReviewList(review, terminal);
  addReviewShow(review, terminal);
  addReviewResolve(review, terminal);
}
