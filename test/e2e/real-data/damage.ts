/** Statements that delete or alter rows in every table of the music shop, in the names of SQLite and MySQL. */
const chinook = [
  "UPDATE Album SET Title = 'Lost' WHERE AlbumId % 2 = 0",
  'UPDATE Artist SET Name = NULL WHERE ArtistId % 3 = 0',
  "UPDATE Customer SET Email = 'nobody@example.com', Fax = NULL",
  'UPDATE Employee SET ReportsTo = NULL, Title = NULL',
  "UPDATE Genre SET Name = 'Noise'",
  'DELETE FROM InvoiceLine WHERE InvoiceLineId % 4 = 0',
  'UPDATE InvoiceLine SET Quantity = 99 WHERE InvoiceLineId % 4 = 1',
  'UPDATE Invoice SET Total = 0.01, BillingCity = NULL WHERE InvoiceId % 2 = 0',
  "INSERT INTO MediaType VALUES (99, 'Wax cylinder')",
  "UPDATE MediaType SET Name = 'gone' WHERE MediaTypeId = 1",
  'DELETE FROM PlaylistTrack',
  'DELETE FROM Playlist WHERE PlaylistId > 10',
  'UPDATE Track SET Milliseconds = -1, Composer = NULL WHERE TrackId % 5 = 0',
] as const;

export const damageChinook: readonly string[] = chinook;

/** PostgreSQL's script has the same names in small letters, with underlines. */
export const damagePostgresChinook: readonly string[] = chinook.map((statement) =>
  statement.replaceAll(/\b[A-Z][a-z]+(?:[A-Z][a-z]+)*\b/g, (name) =>
    name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase(),
  ),
);

/** The same for the film rental shop, each of its partitions included. */
export const damagePagila: readonly string[] = [
  "UPDATE actor SET first_name = 'X' WHERE actor_id % 2 = 0",
  "UPDATE address SET phone = '', address2 = 'moved'",
  "UPDATE category SET name = 'Lost'",
  'UPDATE city SET city = upper(city) WHERE city_id % 7 = 0',
  "UPDATE country SET country = 'Nowhere' WHERE country_id < 20",
  'UPDATE customer SET active = 0, email = NULL WHERE customer_id % 3 = 0',
  "UPDATE film SET special_features = ARRAY[NULL, ''], description = 'gone' WHERE film_id % 2 = 0",
  'DELETE FROM film_actor WHERE film_id % 2 = 0',
  'DELETE FROM film_category',
  'UPDATE inventory SET store_id = 3 - store_id WHERE store_id IN (1, 2)',
  "INSERT INTO language (name) VALUES ('Klingon')",
  'DELETE FROM payment WHERE payment_id % 3 = 0',
  'UPDATE payment SET amount = 0 WHERE payment_id % 3 = 1',
  'UPDATE rental SET return_date = NULL WHERE rental_id % 2 = 0',
  "UPDATE staff SET picture = NULL, password = 'secret'",
  'UPDATE store SET manager_staff_id = manager_staff_id',
  "SELECT nextval('rental_rental_id_seq'), setval('actor_actor_id_seq', 9999, false)",
];
