//! Every figure, in the order of the table.

mod assets;
mod batch;
mod hash;
mod image;
mod large;
mod ls;
mod mock;
mod real;
mod real_tls;
mod results;
mod run;
mod size;
mod stream;
mod verify;

use crate::figure::Figure;

pub(crate) const FIGURES: [Figure; 29] = [
    Figure {
        name: "mock-wall",
        what: "mock run of `llm-litellm`, wall, against an empty Rust program",
        unit: "times",
        how: "1,000 runs of each in turn, medians; both static, release, on tmpfs",
        measure: mock::wall,
    },
    Figure {
        name: "mock-memory",
        what: "mock run, peak memory",
        unit: "MiB",
        how: "`time -f %M`, the largest of 9",
        measure: mock::memory,
    },
    Figure {
        name: "real-wall",
        what: "real run, wall beyond `curl` for the same request",
        unit: "ms",
        how: "a server on loopback that answers at once; 200 of each in turn, difference of the medians",
        measure: real::wall,
    },
    Figure {
        name: "real-memory",
        what: "real run, peak memory",
        unit: "MiB",
        how: "`time -f %M`, the largest of 9",
        measure: real::memory,
    },
    Figure {
        name: "real-tls-wall",
        what: "real run over TLS, wall beyond `curl --cacert` for the same request",
        unit: "ms",
        how: "the same with a server that has a certificate of its own authority for 127.0.0.1, which `SSL_CERT_FILE` \
              names; a handshake in each run",
        measure: real_tls::wall,
    },
    Figure {
        name: "real-tls-memory",
        what: "the same, peak memory",
        unit: "MiB",
        how: "`time -f %M`, the largest of 9",
        measure: real_tls::memory,
    },
    Figure {
        name: "stream-wall",
        what: "stream of 200,000 chunks, throughput against `curl --no-buffer`",
        unit: "times",
        how: "a server on loopback whose 230-byte events are a chunk of HTTP each, written 16 KiB at a time, so that \
              nobody waits for it; the whole run, outputs and receipts included; 9 of each in turn, medians, on tmpfs",
        measure: stream::wall,
    },
    Figure {
        name: "stream-memory",
        what: "the same, peak memory",
        unit: "MiB",
        how: "`time -f %M`, the largest of 3",
        measure: stream::memory,
    },
    Figure {
        name: "size",
        what: "release binary of `llm-litellm`",
        unit: "MiB",
        how: "stripped, static",
        measure: size::of_llm,
    },
    Figure {
        name: "large-wall",
        what: "1 GiB output from a file, wall, against `openssl dgst -sha256` and `cp`",
        unit: "times",
        how: "the whole run of the probe without the runner's time (`duration_ms`), in which the file is made; 5 of \
              each in turn, medians, on tmpfs",
        measure: large::wall,
    },
    Figure {
        name: "large-memory",
        what: "the same, peak memory",
        unit: "MiB",
        how: "`time -f %M`",
        measure: large::memory,
    },
    Figure {
        name: "hash",
        what: "canonical hash of 4 MB of inputs: a chat of 2 kB messages",
        unit: "MB/s",
        how: "from the start of a mock run to the log line with the hash, less the same with small inputs: reading, \
              checking and hashing; 100 of each in turn, medians",
        measure: hash::of_chat,
    },
    Figure {
        name: "hash-records",
        what: "the same for the worst that there is: 55,000 small objects",
        unit: "MB/s",
        how: "the same",
        measure: hash::of_records,
    },
    Figure {
        name: "ls-wall",
        what: "`counterfoil ls` of 100,000 executions, wall",
        unit: "s",
        how: "all of them listed, on tmpfs, to /dev/null; median of 9",
        measure: ls::wall,
    },
    Figure {
        name: "ls-memory",
        what: "the same, peak memory",
        unit: "MiB",
        how: "`time -f %M`, the largest of 3",
        measure: ls::memory,
    },
    Figure {
        name: "results-wall",
        what: "`counterfoil results` of a batch of 100,000 lines, wall",
        unit: "s",
        how: "rows with two columns of their own and answers of 500 bytes, one in twenty a failure; the slowest of .csv, \
              .jsonl and .md, each the median of 3, on tmpfs",
        measure: results::wall,
    },
    Figure {
        name: "results-memory",
        what: "the same, peak memory",
        unit: "MiB",
        how: "`time -f %M`, the largest of all forms",
        measure: results::memory,
    },
    Figure {
        name: "verify",
        what: "`counterfoil verify` of a 1 GiB output, wall, against `openssl dgst -sha256`",
        unit: "times",
        how: "9 of each in turn, medians; on tmpfs",
        measure: verify::wall,
    },
    Figure {
        name: "run-wall",
        what: "`counterfoil run` in mock, process engine, wall, against the processor alone",
        unit: "times",
        how: "500 runs of each in turn, medians; the digest of the processor's binary is known",
        measure: run::wall,
    },
    Figure {
        name: "batch-wall",
        what: "`--batch` of 2,000 mock runs with `--jobs 2`, wall, against `xargs -P2` of the bare processor",
        unit: "times",
        how: "5 of each in turn, medians; each run has an execution id of its own",
        measure: batch::wall,
    },
    Figure {
        name: "batch-memory",
        what: "`--batch` of 1,000,000 lines, peak memory beyond that of 1,000 lines",
        unit: "MiB",
        how: "lines that are read, checked, hashed and answered, but whose write prefix is too long for a run; \
              `time -f %M`",
        measure: batch::memory,
    },
    Figure {
        name: "assets-wall",
        what: "`replicate-generic` fetches 64 files of 16 MiB, throughput against `curl --parallel`",
        unit: "times",
        how: "a server on loopback that holds them in memory; whole runs, files hashed and committed, on tmpfs; 7 of each in \
              turn, medians",
        measure: assets::throughput,
    },
    Figure {
        name: "assets-memory",
        what: "the same, peak memory",
        unit: "MiB",
        how: "`time -f %M`, the largest of 3",
        measure: assets::memory,
    },
    Figure {
        name: "poll-wall",
        what: "real run of `replicate-generic` with one poll, wall beyond the service's own time",
        unit: "ms",
        how: "a server on loopback that takes 100 ms for each of two answers; median of 25",
        measure: assets::one_poll,
    },
    Figure {
        name: "replicate-size",
        what: "release binary of `replicate-generic`",
        unit: "MiB",
        how: "stripped, static",
        measure: size::of_replicate,
    },
    Figure {
        name: "image-build",
        what: "`counterfoil build` of two ready binaries of `llm-litellm`, wall",
        unit: "s",
        how: "an archive on tmpfs; median of 9",
        measure: image::build,
    },
    Figure {
        name: "image-layer",
        what: "compressed layer of `llm-litellm`",
        unit: "MiB",
        how: "gzip, as it is pushed",
        measure: image::layer,
    },
    Figure {
        name: "image-pin",
        what: "`counterfoil pin` of an entry that is current, wall",
        unit: "ms",
        how: "a registry on loopback; median of 25",
        measure: image::pin,
    },
    Figure {
        name: "docker-wall",
        what: "`counterfoil run --engine docker` in mock, wall, against `docker run --network none` of the same image",
        unit: "times",
        how: "25 of each in turn, medians; the image has been pulled; needs Docker",
        measure: image::docker,
    },
];
