# What a day at this project needs. `just` without a name lists it.

default:
    @just --list

# What CI runs. Writes nothing into the tree.
verify:
    bash .ci/run

# Format everything.
fmt:
    cargo fmt --all

# Every test; with a name, the tests that contain it.
test name="":
    cargo test --workspace {{ name }}

# What takes some hours: a million crash points, every bit of a snapshot; a hundred cities and a million deliveries; two
# builds of one life; two hundred kills, fifty power cuts and half an hour of the real server; every reader of foreign bytes
# under a fuzzer, and the API by its own description.
soak:
    cargo test --release --workspace --test durability -- --ignored --nocapture
    cargo test --release --workspace --test faults -- --ignored --nocapture
    city/two-builds
    cargo test --release --workspace --test service -- --ignored --nocapture --test-threads 1
    fuzz/soak
    fuzz/api

# The rules about the code itself, alone: the quickest check before a commit.
house:
    cargo test --test house

# Every micro benchmark; with a name, the ones that contain it.
bench name="":
    cargo bench --workspace {{ name }}

# The hotline with the sample district on 127.0.0.1:12345; data in hotline-data.
run:
    cargo run --release -- serve --sample
