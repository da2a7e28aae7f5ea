/**
 * Moves money between two tables until it is killed or its input ends, each move in a transaction of its own.
 * Arguments: the database's URL and how many writers. Prints how many moves are committed.
 */
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { accounts } from './accounts.ts';

type Move = (statements: readonly string[]) => Promise<void>;

const [url = '', count = '1'] = process.argv.slice(2);
/** How often it is told how many moves are committed. */
const tellMs = 3;
let moves = 0;
let told = 0;
process.stdin.resume().once('end', () => process.exit());
for (let writer = 0; writer < Number(count); writer++) void write(await connect());

async function write(move: Move): Promise<never> {
  for (;;) {
    const amount = Math.floor(Math.random() * 201) - 100;
    // Always in this order, so that two moves never wait for each other.
    await move([
      `UPDATE wallets SET balance = balance - ${amount} WHERE id = ${randomAccount()}`,
      `UPDATE vaults SET balance = balance + ${amount} WHERE id = ${randomAccount()}`,
    ]);
    moves++;
    if (performance.now() - told >= tellMs) {
      told = performance.now();
      writeSync(1, `${moves}\n`);
    }
    await sleep(2);
  }
}

function randomAccount(): number {
  return Math.floor(Math.random() * accounts) + 1;
}

async function connect(): Promise<Move> {
  if (url.startsWith('file:')) return connectSqlite();
  if (url.startsWith('mysql:')) {
    const { connectMysql } = await import('../../support/mysql.ts');
    const connection = await connectMysql(url);
    return async (statements) => {
      for (const sql of ['START TRANSACTION', ...statements, 'COMMIT']) await connection.query(sql);
    };
  }
  const { default: pg } = await import('pg');
  const client = new pg.Client(url);
  await client.connect();
  return async (statements) => {
    for (const sql of ['BEGIN', ...statements, 'COMMIT']) await client.query(sql);
  };
}

async function connectSqlite(): Promise<Move> {
  const { default: Database } = await import('better-sqlite3');
  const database = new Database(url.slice('file:'.length), { timeout: 30_000 });
  database.pragma('synchronous = OFF');
  const move = database.transaction((statements: readonly string[]) => {
    for (const sql of statements) database.exec(sql);
  });
  return async (statements) => move.immediate(statements);
}
