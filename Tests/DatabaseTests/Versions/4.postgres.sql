CREATE TABLE alert_settings (
    user_name text NOT NULL COLLATE pg_catalog."C",
    channel text NOT NULL COLLATE pg_catalog."C",
    target text NOT NULL,
    types text NOT NULL,
    min_value numeric,
    tiers text NOT NULL,
    wallets text NOT NULL,
    markets text NOT NULL,
    max_price numeric,
    sides text DEFAULT ''::text NOT NULL,
    categories text DEFAULT ''::text NOT NULL,
    cooldown_ms bigint,
    roles text
);
CREATE TABLE alerts (
    id text NOT NULL COLLATE pg_catalog."C",
    revision bigint NOT NULL,
    "time" timestamp with time zone NOT NULL,
    rule text COLLATE pg_catalog."C",
    subscriber text COLLATE pg_catalog."C",
    trade_id text COLLATE pg_catalog."C",
    record json NOT NULL
);
CREATE TABLE gaps (
    id text NOT NULL COLLATE pg_catalog."C",
    seq bigint,
    feed text COLLATE pg_catalog."C",
    state text NOT NULL COLLATE pg_catalog."C",
    "from" timestamp with time zone NOT NULL,
    "to" timestamp with time zone,
    cause text,
    recovered bigint,
    record json NOT NULL
);
CREATE VIEW coverage AS
 SELECT gaps.feed,
    gaps.state,
    count(*) AS gaps,
    sum(EXTRACT(epoch FROM (gaps."to" - gaps."from"))) AS seconds,
    sum(gaps.recovered) AS recovered,
    min(gaps."from") AS first,
    max(gaps."from") AS last
   FROM gaps
  GROUP BY gaps.feed, gaps.state;
CREATE TABLE cursors (
    stream text NOT NULL COLLATE pg_catalog."C",
    seq bigint NOT NULL,
    "time" timestamp with time zone,
    owner text NOT NULL COLLATE pg_catalog."C",
    previous_owner text COLLATE pg_catalog."C"
);
CREATE TABLE leaderboard_snapshots (
    period text NOT NULL COLLATE pg_catalog."C",
    as_of timestamp with time zone NOT NULL,
    record json NOT NULL
);
CREATE TABLE markets (
    condition_id text NOT NULL COLLATE pg_catalog."C",
    title text,
    slug text,
    event_slug text,
    icon text,
    named_at timestamp with time zone,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    market json,
    market_as_of timestamp with time zone
);
CREATE TABLE trades (
    id text NOT NULL COLLATE pg_catalog."C",
    revision bigint NOT NULL,
    seq bigint,
    feed text COLLATE pg_catalog."C",
    via text COLLATE pg_catalog."C",
    "time" timestamp with time zone NOT NULL,
    received_at timestamp with time zone,
    asset_id text COLLATE pg_catalog."C",
    condition_id text COLLATE pg_catalog."C",
    tx_hash text COLLATE pg_catalog."C",
    wallet text COLLATE pg_catalog."C",
    side text COLLATE pg_catalog."C",
    outcome text,
    outcome_index bigint,
    title text,
    slug text,
    event_slug text,
    name text,
    pseudonym text,
    price numeric,
    size numeric,
    value numeric,
    tier text COLLATE pg_catalog."C",
    enrichment text COLLATE pg_catalog."C",
    enrichment_reason text,
    tags json,
    record json NOT NULL,
    stored_at timestamp with time zone DEFAULT now() NOT NULL,
    retracted_at timestamp with time zone,
    retract_reason text,
    role text COLLATE pg_catalog."C",
    market_type text COLLATE pg_catalog."C"
);
CREATE VIEW market_flow AS
 SELECT t.condition_id,
    m.title,
    t.outcome,
    count(*) AS trades,
    sum(
        CASE
            WHEN (t.side = 'BUY'::text) THEN t.value
            ELSE (0)::numeric
        END) AS bought,
    sum(
        CASE
            WHEN (t.side = 'SELL'::text) THEN t.value
            ELSE (0)::numeric
        END) AS sold,
    max(t."time") AS last_trade
   FROM (trades t
     LEFT JOIN markets m ON ((m.condition_id = t.condition_id)))
  WHERE ((t.retracted_at IS NULL) AND ((t.role IS NULL) OR (t.role <> 'maker'::text)))
  GROUP BY t.condition_id, m.title, t.outcome;
CREATE VIEW market_flow_by_role AS
 SELECT t.condition_id,
    m.title,
    t.outcome,
    t.role,
    count(*) AS trades,
    sum(
        CASE
            WHEN (t.side = 'BUY'::text) THEN t.value
            ELSE (0)::numeric
        END) AS bought,
    sum(
        CASE
            WHEN (t.side = 'SELL'::text) THEN t.value
            ELSE (0)::numeric
        END) AS sold,
    max(t."time") AS last_trade
   FROM (trades t
     LEFT JOIN markets m ON ((m.condition_id = t.condition_id)))
  WHERE (t.retracted_at IS NULL)
  GROUP BY t.condition_id, m.title, t.outcome, t.role;
CREATE TABLE pm_schema (
    one integer NOT NULL,
    version integer NOT NULL
);
CREATE TABLE portfolio_snapshots (
    wallet text NOT NULL COLLATE pg_catalog."C",
    as_of timestamp with time zone NOT NULL,
    value numeric,
    profit numeric,
    record json NOT NULL
);
CREATE TABLE users (
    name text NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE wallets (
    address text NOT NULL COLLATE pg_catalog."C",
    name text,
    pseudonym text,
    named_at timestamp with time zone,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    profile json,
    profile_as_of timestamp with time zone
);
CREATE VIEW wallet_activity AS
 SELECT w.address,
    w.name,
    count(t.id) AS trades,
    sum(t.value) AS value,
    max(t.value) AS largest,
    w.first_seen,
    w.last_seen
   FROM (wallets w
     LEFT JOIN trades t ON (((t.wallet = w.address) AND (t.retracted_at IS NULL))))
  GROUP BY w.address, w.name, w.first_seen, w.last_seen;
CREATE VIEW whale_trades AS
 SELECT trades."time",
    trades.tier,
    trades.value,
    trades.side,
    trades.outcome,
    trades.price,
    trades.size,
    trades.title,
    trades.wallet,
    trades.name,
    trades.tags,
    trades.tx_hash,
    trades.id,
    trades.role,
    trades.market_type
   FROM trades
  WHERE ((trades.tier IS NOT NULL) AND (trades.retracted_at IS NULL));
INSERT INTO cursors VALUES ('s', 3, '2026-11-22 10:00:00+00', '8j5qtu-3exhgn-11b7omu-762hf8', NULL);
INSERT INTO gaps VALUES ('g1', 3, 'activity', 'unrecoverable', '2026-11-22 12:00:00+00', '2026-11-22 15:30:00+00', 'silent', 4, '{"kind":"gap","id":"g1","seq":3,"feed":"activity","state":"unrecoverable","from":"2026-11-22T12:00:00.000Z","to":"2026-11-22T15:30:00.000Z","cause":"silent","recovered":4}');
INSERT INTO markets VALUES ('0xm1', 'Will it rain?', NULL, NULL, NULL, '2026-11-22 10:00:00+00', '2026-11-22 10:00:00+00', '2026-11-22 10:00:00+00', '{"question":"Will it rain?","end_date":"2026-12-31T12:00:00.000Z","volume":1000,"tags":["Weather","Daily"],"closed":false,"as_of":"2026-11-22T10:00:01.000Z"}', '2026-11-22 10:00:01+00');
INSERT INTO pm_schema VALUES (1, 4);
INSERT INTO trades VALUES ('a', 1, 1, 'activity', 'live', '2026-11-22 10:00:00+00', '2026-11-22 10:00:00+00', '77', '0xm1', '0xabc', '0xw1', 'BUY', 'Yes', NULL, 'Will it rain?', NULL, NULL, NULL, NULL, 0.5, 20000, 10000, 'WHALE', 'enriched', NULL, '["WHALE","SMART_MONEY","SWEEPER"]', '{"kind":"trade","id":"a","seq":1,"feed":"activity","via":"live","time":"2026-11-22T10:00:00.000Z","received_at":"2026-11-22T10:00:00.000Z","asset_id":"77","condition_id":"0xm1","tx_hash":"0xabc","wallet":"0xw1","side":"BUY","role":"taker","outcome":"Yes","title":"Will it rain?","price":0.5,"size":20000,"tier":"WHALE","revision":1,"enrichment":"enriched","profile":{"total_profit":60000.5,"positions":40,"winners":30,"win_rate":0.75,"activity":"HIGH","as_of":"2026-11-22T10:00:01.000Z"},"market":{"question":"Will it rain?","end_date":"2026-12-31T12:00:00.000Z","volume":1000,"tags":["Weather","Daily"],"closed":false,"as_of":"2026-11-22T10:00:01.000Z"},"impact":{"levels":5,"slippage_percent":1.25,"as_of":"2026-11-22T10:00:01.000Z"},"tags":["WHALE","SMART_MONEY","SWEEPER"]}', '2026-12-01 12:19:18.775478+00', NULL, NULL, 'taker', NULL);
INSERT INTO trades VALUES ('b', 0, 2, 'activity', 'live', '2026-11-22 10:00:00+00', '2026-11-22 10:00:00+00', '78', '0xm1', '0xabc', '0xw2', 'BUY', 'No', NULL, 'Will it rain?', NULL, NULL, 'Ann', NULL, 0.5, 20000, 10000, NULL, NULL, NULL, '"WHALE"', '{"kind":"trade","id":"b","seq":2,"feed":"activity","via":"live","time":"2026-11-22T10:00:00.000Z","received_at":"2026-11-22T10:00:00.000Z","asset_id":"78","condition_id":"0xm1","tx_hash":"0xabc","wallet":"0xw2","side":"BUY","role":"maker","outcome":"No","title":"Will it rain?","price":0.5,"size":20000,"name":"Ann","tags":"WHALE"}', '2026-12-01 12:19:18.775478+00', NULL, NULL, 'maker', NULL);
INSERT INTO wallets VALUES ('0xw1', NULL, NULL, NULL, '2026-11-22 10:00:00+00', '2026-11-22 10:00:00+00', '{"total_profit":60000.5,"positions":40,"winners":30,"win_rate":0.75,"activity":"HIGH","as_of":"2026-11-22T10:00:01.000Z"}', '2026-11-22 10:00:01+00');
INSERT INTO wallets VALUES ('0xw2', 'Ann', NULL, '2026-11-22 10:00:00+00', '2026-11-22 10:00:00+00', '2026-11-22 10:00:00+00', NULL, NULL);
ALTER TABLE ONLY alert_settings
    ADD CONSTRAINT alert_settings_pkey PRIMARY KEY (user_name, channel, target);
ALTER TABLE ONLY alerts
    ADD CONSTRAINT alerts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY cursors
    ADD CONSTRAINT cursors_pkey PRIMARY KEY (stream);
ALTER TABLE ONLY gaps
    ADD CONSTRAINT gaps_pkey PRIMARY KEY (id);
ALTER TABLE ONLY leaderboard_snapshots
    ADD CONSTRAINT leaderboard_snapshots_pkey PRIMARY KEY (period, as_of);
ALTER TABLE ONLY markets
    ADD CONSTRAINT markets_pkey PRIMARY KEY (condition_id);
ALTER TABLE ONLY pm_schema
    ADD CONSTRAINT pm_schema_pkey PRIMARY KEY (one);
ALTER TABLE ONLY portfolio_snapshots
    ADD CONSTRAINT portfolio_snapshots_pkey PRIMARY KEY (wallet, as_of);
ALTER TABLE ONLY trades
    ADD CONSTRAINT trades_pkey PRIMARY KEY (id);
ALTER TABLE ONLY users
    ADD CONSTRAINT users_pkey PRIMARY KEY (name);
ALTER TABLE ONLY wallets
    ADD CONSTRAINT wallets_pkey PRIMARY KEY (address);
CREATE INDEX alerts_time ON alerts USING btree ("time");
CREATE INDEX trades_market ON trades USING btree (condition_id, "time");
CREATE INDEX trades_tier ON trades USING btree (tier, "time") WHERE (tier IS NOT NULL);
CREATE INDEX trades_time ON trades USING btree ("time");
CREATE INDEX trades_time_ranges ON trades USING brin ("time") WITH (autosummarize='on');
CREATE INDEX trades_wallet ON trades USING btree (wallet, "time");
ALTER TABLE ONLY alert_settings
    ADD CONSTRAINT alert_settings_user_name_fkey FOREIGN KEY (user_name) REFERENCES users(name) ON DELETE CASCADE;
