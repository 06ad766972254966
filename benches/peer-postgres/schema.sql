-- A hotline as a competent team builds it on PostgreSQL: tables, indexes, keywords of matters, a duty list, working days; an order
-- is one call of accept(), one transaction. The files of the district are those that hotline reads.
-- The environment says where they are: HOTLINE_DISTRICT, HOTLINE_CALENDAR, HOTLINE_STREAM, HOTLINE_EXAMPLES.
CREATE EXTENSION pg_trgm;

CREATE TABLE unit (code text PRIMARY KEY, name text, level text, parent text, aliases text);
\copy unit FROM PROGRAM 'cat "$HOTLINE_DISTRICT/units.csv"' WITH (FORMAT csv, HEADER)
CREATE TABLE matter (path text PRIMARY KEY, hints text);
\copy matter FROM PROGRAM 'cat "$HOTLINE_DISTRICT/matters.csv"' WITH (FORMAT csv, HEADER)
CREATE TABLE duty (matter text, place text, lead text, co_units text, level text, basis text, valid_from date, valid_to date, source text);
\copy duty FROM PROGRAM 'cat "$HOTLINE_DISTRICT/duty-list.csv"' WITH (FORMAT csv, HEADER)
CREATE INDEX ON duty (matter);
CREATE TABLE urgent_word (words text, effect text, value text);
\copy urgent_word FROM PROGRAM 'cat "$HOTLINE_DISTRICT/keywords.csv"' WITH (FORMAT csv, HEADER)
CREATE TABLE notice (day date PRIMARY KEY, name text, kind text);
\copy notice FROM PROGRAM 'grep -v "^#" "$HOTLINE_CALENDAR"' WITH (FORMAT csv, HEADER)
CREATE TABLE stream (id bigint PRIMARY KEY, title text, content text);
\copy stream FROM PROGRAM 'cat "$HOTLINE_STREAM"' WITH (FORMAT csv)
CREATE TABLE example (title text, content text, matter text);
\copy example FROM PROGRAM 'cat "$HOTLINE_EXAMPLES"' WITH (FORMAT csv)
-- The matter where no keyword stands is that of the nearest example by trigrams.
CREATE INDEX ON example USING gist ((title || content) gist_trgm_ops (siglen = 64));

-- Words of one table: of matters, of places, of haste. One pass over the text asks for all of them.
CREATE TABLE word (word text, sort char, value text, weight int, PRIMARY KEY (word, sort, value));
INSERT INTO word SELECT DISTINCT hint, 'm', path, length(hint)
    FROM matter, regexp_split_to_table(hints, '\|') hint WHERE length(hint) BETWEEN 2 AND 5;
INSERT INTO word SELECT DISTINCT split, 'm', path, length(split) FROM matter, regexp_split_to_table(substring(path from '[^/]*$'), '/') split
    WHERE length(split) BETWEEN 2 AND 5 ON CONFLICT DO NOTHING;
INSERT INTO word SELECT DISTINCT alias, 'p', code, length(alias)
    FROM unit, regexp_split_to_table(name || '|' || coalesce(aliases, ''), '\|') alias
    WHERE level <> 'department' AND length(alias) BETWEEN 2 AND 5 ON CONFLICT DO NOTHING;
INSERT INTO word SELECT DISTINCT split, 'u', 'urgent', 1
    FROM urgent_word, regexp_split_to_table(words, '\|') split
    WHERE effect IN ('urgency', 'transfer') AND length(split) BETWEEN 2 AND 5 ON CONFLICT DO NOTHING;
-- Every day with the number of working days up to it: a due is one look-up.
CREATE TABLE workday AS
    SELECT day::date AS day, sum(CASE WHEN is_work THEN 1 ELSE 0 END) OVER (ORDER BY day)::int AS number, is_work
    FROM (SELECT span.day, coalesce(notice.kind = 'work', extract(isodow FROM span.day) < 6) AS is_work
          FROM generate_series(date '2026-01-01', date '2028-12-31', interval '1 day') span (day)
          LEFT JOIN notice ON notice.day = span.day::date) days;
CREATE UNIQUE INDEX ON workday (day);
CREATE INDEX ON workday (number) WHERE is_work;

CREATE TABLE work_order (
    id bigserial PRIMARY KEY, number text NOT NULL, title text NOT NULL, content text NOT NULL, phone text NOT NULL,
    matter text, place text, lead text, urgent boolean NOT NULL, status text NOT NULL, accepted timestamptz NOT NULL,
    due timestamptz NOT NULL, same_as bigint
);
CREATE UNIQUE INDEX ON work_order (number);
CREATE INDEX ON work_order (lead, status, due);
CREATE INDEX ON work_order (phone, accepted);
CREATE TABLE work_event (id bigserial PRIMARY KEY, work_order bigint NOT NULL, at timestamptz NOT NULL, what text NOT NULL);
CREATE INDEX ON work_event (work_order);

CREATE FUNCTION due_after(since timestamptz, days int) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT (day + (since::time)) AT TIME ZONE 'Asia/Shanghai' FROM workday
    WHERE is_work AND number = (SELECT number FROM workday WHERE day = since::date) + days
$$;

-- Where a text goes: by its words, else as the nearest example; a street's duty by the place.
CREATE FUNCTION choose(said text, OUT matter text, OUT place text, OUT lead text, OUT urgent boolean) LANGUAGE plpgsql STABLE AS $$
DECLARE
    part text;
BEGIN
    WITH text AS MATERIALIZED (SELECT left(said, 320) AS t),
    found AS MATERIALIZED (
        SELECT DISTINCT word.sort, word.value, word.weight, word.word
        FROM (SELECT substr(t, i, l) AS gram FROM text, generate_series(1, length(t)) i, generate_series(2, 5) l) grams
        JOIN word ON word.word = gram)
    SELECT (SELECT value FROM found WHERE sort = 'm' GROUP BY value ORDER BY sum(weight * weight) DESC, value LIMIT 1),
           (SELECT value FROM found WHERE sort = 'p' ORDER BY weight DESC, value LIMIT 1),
           EXISTS (SELECT FROM found WHERE sort = 'u')
    INTO matter, place, urgent;
    IF matter IS NULL THEN
        SELECT e.matter INTO matter FROM example e ORDER BY (e.title || e.content) <-> said LIMIT 1;
    END IF;
    part := matter;
    WHILE part IS NOT NULL AND lead IS NULL LOOP
        SELECT d.lead INTO lead FROM duty d
        WHERE d.matter = part AND (d.place IS NULL OR d.place = choose.place) AND (d.valid_to IS NULL OR d.valid_to >= current_date)
        ORDER BY d.place NULLS LAST LIMIT 1;
        part := substring(part FROM '^(.*)/');
    END LOOP;
    IF lead = '@community' THEN
        lead := place;
    ELSIF lead = '@street' THEN
        SELECT CASE WHEN u.level IN ('street', 'town') THEN u.code ELSE u.parent END INTO lead FROM unit u WHERE u.code = place;
    END IF;
END
$$;

-- One order: chosen, due, compared with what the caller said before, written, told.
CREATE FUNCTION accept(title text, content text, phone text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    chosen record;
    now timestamptz := clock_timestamp();
    same bigint;
    made bigint;
BEGIN
    chosen := choose(title || ' ' || content);
    SELECT w.id INTO same FROM work_order w
        WHERE w.phone = accept.phone AND w.accepted > now - interval '30 days' AND similarity(w.content, accept.content) > 0.75
        ORDER BY w.accepted DESC LIMIT 1;
    made := nextval('work_order_id_seq');
    INSERT INTO work_order VALUES (
        made, to_char(now AT TIME ZONE 'Asia/Shanghai', 'YYMMDDHH24MISS') || lpad((made % 1000000)::text, 6, '0'), title, content, phone,
        chosen.matter, chosen.place, chosen.lead, chosen.urgent, CASE WHEN chosen.lead IS NULL THEN 'triage' ELSE 'dispatched' END,
        now, CASE WHEN chosen.urgent THEN now + interval '24 hours' ELSE due_after(now, 15) END, same);
    INSERT INTO work_event (work_order, at, what) VALUES (made, now, 'accepted');
    RETURN made;
END
$$;

-- The order of a turn, its text read by key as a client would send it.
CREATE FUNCTION accept_turn(turn bigint) RETURNS bigint LANGUAGE sql AS $$
    SELECT accept(title, content, '139' || lpad((turn % 100000000)::text, 8, '0')) FROM stream
    WHERE id = turn % (SELECT max(id) + 1 FROM stream)
$$;
ANALYZE;
