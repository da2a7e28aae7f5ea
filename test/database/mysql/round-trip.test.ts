import { expect, it } from 'vitest';
import { describeEngine, mysqlServer } from '../../support/engines.ts';
import {
  createMysql,
  digestMysql,
  linesOf,
  putBackMysql,
  saveMysql,
  type TestMysql,
} from '../../support/mysql.ts';

/** Saves, damages every table, restores, and compares the server's own digests; the saved rows for a closer look. */
async function roundTrip(database: TestMysql) {
  const before = await digestMysql(database.connection);
  const saved = await saveMysql(database.target);
  for (const { name } of saved.catalogue.tables) {
    await database.connection.query(
      `SET foreign_key_checks = 0; DELETE FROM \`${name.replaceAll('`', '``')}\``,
    );
  }
  expect(await digestMysql(database.connection)).not.toEqual(before);
  await putBackMysql(database.target, saved);
  expect(await digestMysql(database.connection)).toEqual(before);
  const again = await saveMysql(database.target);
  for (const [table, chunks] of saved.rows) {
    expect(
      Buffer.concat(again.rows.get(table)!.map((chunk) => chunk.bytes)).equals(
        Buffer.concat(chunks.map((chunk) => chunk.bytes)),
      ),
    ).toBe(true);
  }
  return saved;
}

function cellsOf(saved: Awaited<ReturnType<typeof saveMysql>>, table: string, column = 1): unknown[] {
  return linesOf(saved, table).map((line) => line[column]);
}

describeEngine(mysqlServer, 'values on MySQL and MariaDB', () => {
  it('keeps the limits of every integer type, signed, unsigned and zero-filled', async () => {
    await using database = await createMysql('mye_int', {
      statements: [
        `CREATE TABLE numbers (id int PRIMARY KEY, t tinyint, tu tinyint unsigned, s smallint, su smallint unsigned,
          m mediumint, mu mediumint unsigned, i int, iu int unsigned, b bigint, bu bigint unsigned,
          z int(8) zerofill, bz bigint(20) unsigned zerofill, y year, flag tinyint(1))`,
        `INSERT INTO numbers VALUES
          (-1, -128, 0, -32768, 0, -8388608, 0, -2147483648, 0, -9223372036854775808, 0, 0, 0, 0, 2),
          (2, 127, 255, 32767, 65535, 8388607, 16777215, 2147483647, 4294967295, 9223372036854775807,
            18446744073709551615, 99999999, 7, 2155, 1),
          (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 42, NULL, 1901, NULL)`,
      ],
    });
    const saved = await roundTrip(database);
    expect(linesOf(saved, 'numbers')).toEqual([
      [
        -1,
        -128,
        0,
        -32768,
        0,
        -8388608,
        0,
        -2147483648,
        0,
        '-9223372036854775808',
        '0',
        0,
        '0'.repeat(20),
        0,
        2,
      ],
      [
        ...[2, 127, 255, 32767, 65535, 8388607, 16777215, 2147483647, 4294967295, '9223372036854775807'],
        ...['18446744073709551615', 99999999, '00000000000000000007', 2155, 1],
      ],
      [3, ...Array(10).fill(null), 42, null, 1901, null],
    ]);
  });

  it('keeps decimals of 65 digits', async () => {
    await using database = await createMysql('mye_dec', {
      statements: [
        'CREATE TABLE decimals (id int PRIMARY KEY, d decimal(65,30), z decimal(10,2) zerofill, n decimal(5,0))',
        `INSERT INTO decimals VALUES (1, '${'9'.repeat(35)}.${'9'.repeat(30)}', 1.5, 0), (2, '-${'9'.repeat(35)}.${'9'.repeat(30)}', 0, -7),
          (3, '0.${'0'.repeat(29)}1', 12345678.99, 99999), (4, '-0.${'0'.repeat(29)}1', NULL, NULL)`,
      ],
    });
    const saved = await roundTrip(database);
    expect(cellsOf(saved, 'decimals')[0]).toBe(`${'9'.repeat(35)}.${'9'.repeat(30)}`);
  });

  it('keeps floats and doubles to the bit, also denormal ones and those of fixed decimals', async () => {
    await using database = await createMysql('mye_flt', {
      statements: [
        'CREATE TABLE floats (id int AUTO_INCREMENT PRIMARY KEY, f float, d double, fixed double(20,3), zf float zerofill)',
      ],
    });
    const doubles = [
      5e-324,
      -5e-324,
      Number.MAX_VALUE,
      -Number.MAX_VALUE,
      2.2250738585072014e-308,
      0.1 + 0.2,
      1 / 3,
      1e22,
      123456789012345680,
      0,
    ];
    const floats = [
      1.401298464324817e-45,
      -1.401298464324817e-45,
      3.4028234663852886e38,
      -3.4028234663852886e38,
      1.1754943508222875e-38,
      0.1,
      16777217,
      123456.789,
      1 / 3,
      0,
    ].map(Math.fround);
    for (const [index, double] of doubles.entries()) {
      await database.connection.execute('INSERT INTO floats (f, d, fixed, zf) VALUES (?, ?, ?, ?)', [
        floats[index],
        double,
        index * 1.001,
        index / 3,
      ]);
    }
    const saved = await roundTrip(database);
    expect(cellsOf(saved, 'floats', 1).map(Number).map(Math.fround)).toEqual(floats);
    expect(cellsOf(saved, 'floats', 2).map(Number)).toEqual(doubles);
  });

  it('keeps 2,000 random doubles and floats to the bit', async () => {
    await using database = await createMysql('mye_rnd', {
      statements: ['CREATE TABLE random (id int PRIMARY KEY, d double, f float)'],
    });
    const rows = Array.from({ length: 2000 }, (_, id) => [id + 1, randomDouble(id), randomFloat(id)]);
    await database.connection.batch('INSERT INTO random VALUES (?, ?, ?)', rows);
    const saved = await roundTrip(database);
    expect(linesOf(saved, 'random').map(([id, d, f]) => [id, Number(d), Math.fround(Number(f))])).toEqual(
      rows,
    );
  });

  it('keeps zero dates, incomplete dates, microseconds, negative times and DST edges', async () => {
    await using database = await createMysql('mye_date', {
      statements: [
        'CREATE TABLE dates (id int PRIMARY KEY, d date, dt datetime(6), ts timestamp(6) NULL, t time(6), t0 time)',
        `INSERT INTO dates VALUES
          (1, '0000-00-00', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '-838:59:59.999999', '-00:00:01'),
          (2, '2024-00-15', '2024-02-31 23:59:59.999999', '2038-01-19 03:14:07.999999', '838:59:59.999999', '24:00:00'),
          (3, '9999-12-31', '9999-12-31 23:59:59.999999', '1970-01-01 00:00:01', '-00:00:00.000001', '00:00:00'),
          (4, '0001-01-00', '0000-01-00 00:00:00.000001', '2024-03-31 01:30:00', '00:00:00', '838:59:59'),
          (5, NULL, '2024-10-27 02:30:00.5', '2024-10-27 00:30:00', NULL, NULL)`,
      ],
    });
    const saved = await roundTrip(database);
    expect(linesOf(saved, 'dates')[1]).toEqual([
      ...[2, '2024-00-15', '2024-02-31 23:59:59.999999', '2038-01-19 03:14:07.999999'],
      ...['838:59:59.999999', '24:00:00'],
    ]);
  });

  it('keeps text of every UTF-8 length, controls, quotes, trailing spaces and NUL', async () => {
    await using database = await createMysql('mye_txt', {
      statements: [
        `CREATE TABLE texts (id int PRIMARY KEY, v varchar(200), c char(10), t longtext,
          m varchar(200) CHARACTER SET utf8mb3, b varchar(200) COLLATE utf8mb4_bin)`,
      ],
    });
    const values = [
      '',
      ' ',
      'trailing   ',
      `it's "quoted" \\ back\\\\slash \`tick\` %_`,
      'NUL\0inside\0',
      Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join(''),
      'line\nfeed\r\n\ttab\f\v\b\x1a',
      'é ß ø 漢字 € \u2028\u2029\ufeff\uffff',
      '\u00e9 \u0065\u0301',
      "'); DROP TABLE texts; -- ",
      '{"__proto__":{"a":"\\u0000"}}',
    ];
    for (const [id, value] of [...values, '😀 𝕬 👩‍👩‍👧'].entries()) {
      await database.connection.query('INSERT INTO texts VALUES (?, ?, ?, ?, ?, ?)', [
        ...[id, value, value.slice(0, 5), value.repeat(3)],
        ...[id < values.length ? value : null, value],
      ]);
    }
    const saved = await roundTrip(database);
    expect(cellsOf(saved, 'texts')).toEqual([...values, '😀 𝕬 👩‍👩‍👧']);
  });

  it('keeps every byte of text in one-byte character sets, also bytes that stand for no character', async () => {
    const sets = [
      'latin1',
      'cp1251',
      'cp1250',
      'latin2',
      'greek',
      'hebrew',
      'ascii',
      'macroman',
      'koi8r',
      'armscii8',
      'tis620',
    ];
    await using database = await createMysql('mye_cs', {
      statements: [
        `CREATE TABLE sets (id int PRIMARY KEY, ${sets.map((set) => `c_${set} varchar(300) CHARACTER SET ${set}`).join(', ')})`,
      ],
    });
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    await database.connection.query(
      `INSERT INTO sets VALUES (1, ${sets.map(() => `x'${bytes.toString('hex')}'`).join(', ')})`,
    );
    await database.connection.query(`INSERT INTO sets VALUES (2, ${sets.map(() => `'plain'`).join(', ')})`);
    const saved = await roundTrip(database);
    const [first] = linesOf(saved, 'sets');
    expect((first![1] as string)[0x80]).toBe('€');
    expect((first![2] as string).slice(0xc0, 0xc6)).toBe('АБВГДЕ');
    expect((first![2] as string)[0x98]).toBe('\uf798');
    const [row] = await database.connection.query(
      `SELECT ${sets.map((set) => `HEX(c_${set}) = '${bytes.toString('hex').toUpperCase()}'`).join(' AND ')} AS same FROM sets WHERE id = 1`,
    );
    expect(row.same).toBe(1);
  });

  it('keeps text of other character sets as its stored bytes', async () => {
    await using database = await createMysql('mye_mb', {
      statements: [
        `CREATE TABLE wide (id int PRIMARY KEY, u varchar(20) CHARACTER SET ucs2, w varchar(20) CHARACTER SET utf16,
          x varchar(20) CHARACTER SET utf32, s varchar(20) CHARACTER SET cp932, g varchar(20) CHARACTER SET gbk,
          e enum('é','b') CHARACTER SET ucs2, w7 varchar(20) CHARACTER SET swe7)`,
        `INSERT INTO wide VALUES (1, x'd80000410042', x'd83dde00', x'0001f600', x'81608765fa54', x'8140', 'é', x'5b7e'),
          (2, '', 'a', 'b', 'c', 'd', 'b', 'e'), (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
      ],
    });
    const saved = await roundTrip(database);
    expect(linesOf(saved, 'wide')[0]).toEqual([
      1,
      'd80000410042',
      'd83dde00',
      '0001f600',
      '81608765fa54',
      '8140',
      1,
      '5b7e',
    ]);
    expect(saved.catalogue.tables[0]!.columns[1]!.type).toBe('varchar(20) character set ucs2');
  });

  it('keeps enumerations and sets, also the invalid value and empty labels', async () => {
    await using database = await createMysql('mye_enum', {
      statements: [
        `CREATE TABLE labels (id int PRIMARY KEY, e enum('a','A''s','x\\\\y','é','q"','?') COLLATE utf8mb4_bin,
          blank enum('','a'), s set('a','b','c'), sblank set('','a','b'), emoji enum('😀','b'), l enum('é','z') CHARACTER SET latin1)`,
        `SET sql_mode = ''`,
        `INSERT INTO labels VALUES (1, 0, 0, 0, 0, 1, 0), (2, 1, 1, 1, 1, 1, 1), (3, 2, 2, 5, 2, 2, 2), (4, 3, NULL, 7, 3, 0, NULL),
          (5, 4, 1, 2, 7, NULL, 1), (6, 5, 1, NULL, NULL, 1, 1), (7, 6, 1, 4, 4, 1, 1), (8, NULL, 0, 0, 0, 0, 0)`,
        `SET sql_mode = 'STRICT_ALL_TABLES'`,
      ],
    });
    const saved = await roundTrip(database);
    expect(cellsOf(saved, 'labels')).toEqual(['', 'a', "A's", 'x\\y', 'é', 'q"', '?', null]);
    expect(cellsOf(saved, 'labels', 2)).toEqual([0, 1, 2, null, 1, 1, 1, 0]);
    expect(cellsOf(saved, 'labels', 4)).toEqual(['0', '1', '2', '3', '7', null, '4', '0']);
    expect(cellsOf(saved, 'labels', 5)).toEqual(['😀', '😀', 'b', '', null, '😀', '😀', '']);
  });

  it('keeps bytes 0 to 255, bits and geometry with its reference system', async () => {
    await using database = await createMysql('mye_bin', {
      statements: [
        `CREATE TABLE bytes (id int PRIMARY KEY, b binary(8), v varbinary(300), l longblob, b1 bit(1), b10 bit(10), b64 bit(64), g geometry, p point)`,
      ],
    });
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    await database.connection.query(
      `INSERT INTO bytes VALUES (1, x'00ff', ?, ?, b'1', b'1111111111', x'ffffffffffffffff', ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))', 4326), POINT(1.5, -2)),
        (2, '', '', '', b'0', 5, 0, NULL, NULL), (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
      [all, Buffer.concat([all, all])],
    );
    const saved = await roundTrip(database);
    const [first] = linesOf(saved, 'bytes');
    expect(first!.slice(0, 3)).toEqual([1, '00ff000000000000', all.toString('hex')]);
    expect(first!.slice(4, 7)).toEqual(['01', '03ff', 'ff'.repeat(8)]);
    const [shape] = await database.connection.query(
      'SELECT ST_SRID(g) AS srid, ST_AsText(g) AS text FROM bytes WHERE id = 1',
    );
    expect(shape).toEqual({ srid: 4326, text: 'POLYGON((0 0,1 0,1 1,0 0))' });
  });

  it('keeps JSON text letter by letter, and tells JSON null from SQL NULL', async () => {
    await using database = await createMysql('mye_json', {
      statements: [
        'CREATE TABLE documents (id int PRIMARY KEY, j json, u uuid, i6 inet6)',
        `INSERT INTO documents VALUES (1, 'null', '123e4567-e89b-12d3-a456-426655440000', '::1'), (2, NULL, NULL, NULL),
          (3, '{"b":1, "a": 12345678901234567890,"b":1.10}', NULL, '2001:db8::ff00:42:8329')`,
      ],
    });
    const saved = await roundTrip(database);
    expect(cellsOf(saved, 'documents')).toEqual([
      'null',
      null,
      '{"b":1, "a": 12345678901234567890,"b":1.10}',
    ]);
  });

  it('keeps values of nearly 16 MB', async () => {
    await using database = await createMysql('mye_big', {
      statements: ['CREATE TABLE big (id int PRIMARY KEY, t longtext, b longblob)'],
    });
    const [limit] = await database.connection.query('SELECT @@max_allowed_packet AS bytes');
    const size = Math.min(Number(limit.bytes), 16 * 2 ** 20) - 4096;
    await database.connection.query(
      `INSERT INTO big VALUES (1, REPEAT('é', ${size >> 1}), ''), (2, '', REPEAT(x'61', ${size}))`,
    );
    await database.connection.query('INSERT INTO big VALUES (3, ?, ?)', [
      'x'.repeat(70_000),
      Buffer.alloc(70_000, 0),
    ]);
    await roundTrip(database);
  });

  it('keeps generated, invisible and self-updating columns as they are', async () => {
    await using database = await createMysql('mye_gen', {
      statements: [
        `CREATE TABLE computed (id int AUTO_INCREMENT PRIMARY KEY, hidden int INVISIBLE DEFAULT 3, g int AS (x + 1) VIRTUAL,
          p int AS (x * 2) PERSISTENT, x int, ts timestamp DEFAULT current_timestamp ON UPDATE current_timestamp)`,
        `INSERT INTO computed (id, hidden, x, ts) VALUES (0, 9, 1, '2001-01-01 00:00:00'), (5, NULL, NULL, '2002-01-01 00:00:00')`,
        `CREATE TABLE plain (x int)`,
        `INSERT INTO plain VALUES (1), (1), (NULL)`,
      ],
    });
    const saved = await roundTrip(database);
    expect(linesOf(saved, 'computed')).toEqual([
      [0, 9, 2, 2, 1, '2001-01-01 00:00:00'],
      [5, null, null, null, null, '2002-01-01 00:00:00'],
    ]);
    expect(saved.catalogue.tables[0]!.columns.map((column) => column.generated)).toEqual([
      false,
      false,
      true,
      true,
      false,
      false,
    ]);
    expect(saved.catalogue.tables[1]!.key).toBe(null);
  });

  it('keeps hostile names of tables and columns', async () => {
    const names = [
      'back`tick',
      'quote"\'s',
      '__proto__',
      'select',
      'a -- b',
      'new\nline',
      'semi; DROP TABLE x',
      'ünï漢',
      '%s',
      'constructor',
    ];
    await using database = await createMysql('mye`odd -- "name"', {
      statements: names.flatMap((name) => {
        const quoted = `\`${name.replaceAll('`', '``')}\``;
        return [
          `CREATE TABLE ${quoted} (${quoted} int AUTO_INCREMENT PRIMARY KEY, \`key\` varchar(20))`,
          `INSERT INTO ${quoted} VALUES (1, 'a'), (7, 'b')`,
        ];
      }),
    });
    const saved = await roundTrip(database);
    expect(saved.catalogue.tables.map((table) => table.name)).toEqual([...names].sort());
  });

  it('keeps partitioned and system-versioned tables, the latter without their history', async () => {
    await using database = await createMysql('mye_part', {
      statements: [
        `CREATE TABLE parts (id int PRIMARY KEY, x int) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE)`,
        'INSERT INTO parts VALUES (1, 1), (100, 2)',
      ],
    });
    await roundTrip(database);
    await database.connection.query(
      `CREATE TABLE versioned (id int PRIMARY KEY, x int) WITH SYSTEM VERSIONING`,
    );
    await database.connection.query(
      `CREATE TABLE period (id int PRIMARY KEY, s timestamp(6) GENERATED ALWAYS AS ROW START, e timestamp(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (s, e)) WITH SYSTEM VERSIONING`,
    );
    await database.connection.query(
      'INSERT INTO versioned VALUES (1, 1); UPDATE versioned SET x = 2; INSERT INTO period (id) VALUES (4)',
    );
    const saved = await saveMysql(database.target);
    expect(linesOf(saved, 'versioned')).toEqual([[1, 2]]);
    expect(linesOf(saved, 'period')).toEqual([[4]]);
    expect(saved.catalogue.tables.map((table) => table.key)).toEqual([['id'], ['id'], ['id']]);
    expect(saved.catalogue.leftOut.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'history period',
      'history versioned',
    ]);
    await putBackMysql(database.target, saved);
    expect(linesOf(await saveMysql(database.target), 'versioned')).toEqual([[1, 2]]);
  });
});

const view = new DataView(new ArrayBuffer(8));

/** Doubles with every bit pattern, the same ones in every run. */
function randomDouble(seed: number): number {
  for (let salt = 0; ; salt++) {
    view.setUint32(0, hash(seed, salt));
    view.setUint32(4, hash(seed, salt + 7919));
    const value = view.getFloat64(0);
    if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  }
}

function randomFloat(seed: number): number {
  for (let salt = 0; ; salt++) {
    view.setUint32(0, hash(seed, salt + 104729));
    const value = view.getFloat32(0);
    if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  }
}

function hash(seed: number, salt: number): number {
  let x = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}
