//! The `hotline` command.

use clap::{Parser, Subcommand};
use hotline::commands::{explain, load, serve, token, verify};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: What,
}

#[derive(Subcommand)]
enum What {
    Serve(serve::ServeArgs),
    Token(token::TokenArgs),
    Verify(verify::VerifyArgs),
    Explain(explain::ExplainArgs),
    Load(load::LoadArgs),
}

fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    match Cli::parse().command {
        What::Serve(a) => serve::run(&a),
        What::Token(a) => token::run(&a),
        What::Verify(a) => verify::run(&a),
        What::Explain(a) => explain::run(&a),
        What::Load(a) => load::run(&a),
    }
}
