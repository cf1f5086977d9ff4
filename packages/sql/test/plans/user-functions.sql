CREATE TEMPORARY FUNCTION mask(text STRING, keep INT) RETURNS STRING LANGUAGE JAVASCRIPT AS $$
  return text === null ? null : text.slice(0, keep) + '*'.repeat(Math.max(0, text.length - keep));
$$;
CREATE FUNCTION dice(sides INT) RETURNS INT NOT DETERMINISTIC LANGUAGE JAVASCRIPT AS 'return Math.floor(Math.random() * sides)';
CREATE FUNCTION words(text STRING) RETURNS TABLE(word STRING, size BIGINT) LANGUAGE JAVASCRIPT AS $$
  for (const word of (text ?? '').split(' ')) yield { word, size: word.length };
$$;
CREATE AGGREGATE FUNCTION weighted_avg(price DECIMAL(10, 2), quantity BIGINT) RETURNS DOUBLE LANGUAGE JAVASCRIPT AS $$
  export function createAccumulator() { return { sum: 0, weight: 0 }; }
  export function accumulate(held, price, quantity) { held.sum += Number(price) * Number(quantity); held.weight += Number(quantity); }
  export function retract(held, price, quantity) { held.sum -= Number(price) * Number(quantity); held.weight -= Number(quantity); }
  export function getValue(held) { return held.weight === 0 ? null : held.sum / held.weight; }
$$;
CREATE FUNCTION unused(x INT) RETURNS INT LANGUAGE JAVASCRIPT AS $$ return x; $$;
CREATE TABLE masked (city STRING, word STRING, size BIGINT, rolled INT) WITH ('connector' = 'blackhole');
CREATE TABLE averages (city STRING, average DOUBLE, PRIMARY KEY (city) NOT ENFORCED) WITH ('connector' = 'blackhole');

-- the filter on a computed call stays above it: a call is not made twice
INSERT INTO masked
SELECT hidden, word, size, dice(6) FROM (SELECT mask(city, 1) AS hidden, city FROM orders), LATERAL TABLE(words(city)) AS w
WHERE hidden <> '*' AND size > 2;
INSERT INTO averages
SELECT mask(city, 2), weighted_avg(amount, 2) FILTER (WHERE amount > 1) FROM orders GROUP BY mask(city, 2);
