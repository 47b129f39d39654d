-- What create_all made before there were migrations, as SQLite wrote it down. PostgreSQL had SERIAL and BYTEA in it.
CREATE TABLE customer ( id INTEGER NOT NULL, rollout VARCHAR NOT NULL, premise VARCHAR NOT NULL, account VARCHAR NOT NULL,
    name VARCHAR, email VARCHAR, phone VARCHAR, language VARCHAR NOT NULL, address VARCHAR, town VARCHAR, postcode VARCHAR,
    area VARCHAR, prefers VARCHAR, vulnerable INTEGER NOT NULL, life_support INTEGER NOT NULL, landlord INTEGER NOT NULL,
    business INTEGER NOT NULL, prepaid INTEGER NOT NULL, lat FLOAT, lon FLOAT, updated_at INTEGER NOT NULL, PRIMARY KEY (id),
    UNIQUE (rollout, premise, account) );
CREATE TABLE feed ( id INTEGER NOT NULL, rollout VARCHAR NOT NULL, file VARCHAR NOT NULL, digest VARCHAR NOT NULL, pulled_at
    INTEGER NOT NULL, state VARCHAR NOT NULL, held VARCHAR, report JSON, accepted_by VARCHAR, accepted_at INTEGER, PRIMARY
    KEY (id) );
CREATE INDEX ix_feed_digest ON feed (digest);
CREATE INDEX ix_feed_rollout ON feed (rollout);
CREATE TABLE journal ( id INTEGER NOT NULL, at INTEGER NOT NULL, rollout VARCHAR NOT NULL, kind VARCHAR NOT NULL, visit_id
    INTEGER, notice_id INTEGER, customer_id INTEGER, ref VARCHAR, data VARCHAR, PRIMARY KEY (id) );
CREATE INDEX journal_by_kind ON journal (rollout, kind, at);
CREATE INDEX journal_by_visit ON journal (visit_id);
CREATE TABLE notice ( id INTEGER NOT NULL, rollout VARCHAR NOT NULL, notice VARCHAR NOT NULL, phase VARCHAR NOT NULL, purpose
    VARCHAR NOT NULL, visit_id INTEGER NOT NULL, customer_id INTEGER NOT NULL, occasion VARCHAR NOT NULL, via VARCHAR NOT
    NULL, due_at INTEGER NOT NULL, until_at INTEGER NOT NULL, not_before INTEGER NOT NULL, state VARCHAR NOT NULL, why
    VARCHAR, channel VARCHAR, tried VARCHAR NOT NULL, language VARCHAR, told_day VARCHAR, told_start INTEGER, told_end
    INTEGER, skeleton VARCHAR, texts VARCHAR, parts INTEGER, attempt INTEGER NOT NULL, provider VARCHAR, provider_id VARCHAR,
    created_at INTEGER NOT NULL, attempted_at INTEGER, lease_until INTEGER, accepted_at INTEGER, delivered_at INTEGER,
    bounced_at INTEGER, closed_at INTEGER, PRIMARY KEY (id), UNIQUE (visit_id, notice, occasion, via) );
CREATE INDEX notice_by_customer ON notice (customer_id);
CREATE INDEX notice_open ON notice (rollout, notice, not_before) WHERE state IN ('due','held','attempting');
CREATE TABLE refused ( id INTEGER NOT NULL, rollout VARCHAR NOT NULL, feed_id INTEGER NOT NULL, line INTEGER NOT NULL, reason
    VARCHAR NOT NULL, detail VARCHAR NOT NULL, "row" VARCHAR NOT NULL, work_order VARCHAR, mended_at INTEGER, PRIMARY KEY
    (id) );
CREATE INDEX ix_refused_feed_id ON refused (feed_id);
CREATE INDEX ix_refused_rollout ON refused (rollout);
CREATE INDEX ix_refused_work_order ON refused (work_order);
CREATE TABLE score ( id INTEGER NOT NULL, rollout VARCHAR NOT NULL, kpi VARCHAR NOT NULL, cut VARCHAR NOT NULL, at INTEGER
    NOT NULL, day VARCHAR NOT NULL, value FLOAT, numerator FLOAT NOT NULL, denominator FLOAT NOT NULL, target FLOAT, status
    VARCHAR NOT NULL, PRIMARY KEY (id), UNIQUE (rollout, kpi, cut, at) );
CREATE TABLE skeleton ( digest VARCHAR NOT NULL, rollout VARCHAR NOT NULL, notice VARCHAR NOT NULL, channel VARCHAR NOT NULL,
    language VARCHAR NOT NULL, slots VARCHAR NOT NULL, body BLOB, PRIMARY KEY (digest) );
CREATE TABLE sourcemark ( id INTEGER NOT NULL, rollout VARCHAR NOT NULL, source VARCHAR NOT NULL, mark VARCHAR NOT NULL, at
    INTEGER NOT NULL, PRIMARY KEY (id), UNIQUE (rollout, source) );
CREATE TABLE stop ( id INTEGER NOT NULL, rollout VARCHAR NOT NULL, channel VARCHAR NOT NULL, address VARCHAR NOT NULL,
    purpose VARCHAR NOT NULL, reason VARCHAR NOT NULL, at INTEGER NOT NULL, ended_at INTEGER, PRIMARY KEY (id), UNIQUE
    (rollout, address, channel, purpose) );
CREATE TABLE visit ( id INTEGER NOT NULL, rollout VARCHAR NOT NULL, customer_id INTEGER NOT NULL, day VARCHAR NOT NULL,
    window_start INTEGER, window_end INTEGER, status VARCHAR NOT NULL, zone VARCHAR NOT NULL, wave VARCHAR, contractor
    VARCHAR, reference VARCHAR NOT NULL, meters INTEGER NOT NULL, commodities VARCHAR NOT NULL, presence_required INTEGER NOT
    NULL, power_off_minutes INTEGER, duration_minutes INTEGER, new_meter VARCHAR, attempts INTEGER NOT NULL, round INTEGER
    NOT NULL, reopened_at INTEGER NOT NULL, outcome VARCHAR, outcome_at INTEGER, version INTEGER NOT NULL, since INTEGER NOT
    NULL, changed_at INTEGER NOT NULL, created_at INTEGER NOT NULL, feed_id INTEGER NOT NULL, merged_into INTEGER, split_from
    INTEGER, PRIMARY KEY (id) );
CREATE INDEX ix_visit_customer_id ON visit (customer_id);
CREATE INDEX visit_by_change ON visit (rollout, changed_at) WHERE version > 1;
CREATE INDEX visit_by_day ON visit (rollout, day, window_start, window_end, zone);
CREATE INDEX visit_by_outcome ON visit (rollout, outcome_at) WHERE outcome_at IS NOT NULL;
CREATE INDEX visit_by_since ON visit (rollout, since);
CREATE TABLE visitpast ( id INTEGER NOT NULL, rollout VARCHAR NOT NULL, visit_id INTEGER NOT NULL, version INTEGER NOT NULL,
    day VARCHAR NOT NULL, window_start INTEGER, window_end INTEGER, status VARCHAR NOT NULL, attempts INTEGER NOT NULL,
    outcome VARCHAR, outcome_at INTEGER, since INTEGER NOT NULL, until INTEGER NOT NULL, change VARCHAR NOT NULL, feed_id
    INTEGER NOT NULL, PRIMARY KEY (id), UNIQUE (visit_id, version) );
CREATE INDEX ix_visitpast_rollout ON visitpast (rollout);
CREATE TABLE workorder ( id INTEGER NOT NULL, rollout VARCHAR NOT NULL, number VARCHAR NOT NULL, customer_id INTEGER NOT
    NULL, visit_id INTEGER, commodity VARCHAR NOT NULL, old_meter VARCHAR, new_meter VARCHAR, status VARCHAR NOT NULL, day
    VARCHAR NOT NULL, window_start INTEGER, window_end INTEGER, outcome VARCHAR, outcome_at INTEGER, stamp INTEGER NOT NULL,
    digest VARCHAR NOT NULL, feed_id INTEGER NOT NULL, PRIMARY KEY (id), UNIQUE (rollout, number) );
CREATE INDEX ix_workorder_visit_id ON workorder (visit_id);
