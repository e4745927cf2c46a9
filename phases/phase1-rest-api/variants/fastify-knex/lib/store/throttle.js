import { digest } from '../tokens.js';
import { tooMany } from '../problem.js';

const MOST_WRONG = 5;

/** Wrong logins of one address, known or not, within a sliding window. */
export class Throttle {
  constructor(db, email, seconds) {
    Object.assign(this, { db, account: digest(email), seconds });
  }

  /** 429 after too many. */
  async check(db = this.db) {
    const age = db.raw('extract(epoch from clock_timestamp() - happened_at)::float8 as age');
    const recent = await db('wrong_logins')
      .where({ account: this.account })
      .whereRaw('happened_at > clock_timestamp() - make_interval(secs => ?)', [this.seconds])
      .orderBy('happened_at', 'desc')
      .limit(MOST_WRONG)
      .select(age);
    if (recent.length < MOST_WRONG) return;
    throw tooMany(Math.max(1, Math.ceil(this.seconds - recent.at(-1).age)));
  }

  /** Count a wrong login. One at a time, so that a burst cannot learn more than five answers. */
  async settle(good) {
    await this.db.transaction(async (trx) => {
      await trx.raw('select pg_advisory_xact_lock(hashtextextended(?, 0))', [this.account]);
      await this.check(trx);
      if (good) return;
      await trx('wrong_logins').insert({ account: this.account, happened_at: trx.raw('clock_timestamp()') });
    });
    await this.#sweep();
  }

  async #sweep() {
    await this.db('wrong_logins')
      .whereRaw('happened_at < now() - make_interval(secs => ?)', [this.seconds])
      .del();
  }
}
