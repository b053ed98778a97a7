//! `cargo book serve`: the built pages in a browser, rebuilt and reloaded at every change.

use crate::build::{Pages, build};
use anyhow::{Context, Result, bail};
use axum::Router;
use notify::RecursiveMode::{NonRecursive, Recursive};
use notify::{Event, Watcher};
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use tower_http::services::{ServeDir, ServeFile};
use tower_livereload::{LiveReloadLayer, Reloader};

/// What rebuilds the book when it changes, seen from the folder of book.toml.
const WATCHED: [&str; 4] = ["book.toml", "microgpt.py", "course", "theme"];

/// An editor writes in several steps: a build waits until nothing has changed for this long.
const QUIET: Duration = Duration::from_millis(100);

/// Where to serve.
#[derive(clap::Args)]
pub struct Options {
    /// Open the browser
    #[arg(long)]
    open: bool,
    /// The port to serve on; 0 takes any that is free
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// The address to serve on; the default can be reached from this machine only
    #[arg(long, default_value = "127.0.0.1")]
    hostname: String,
}

/// Builds the book of `root` and serves it until Ctrl-C.
///
/// # Errors
///
/// If the port is taken, or the first build fails. Later builds only print their errors: the
/// last good pages stay.
pub fn serve(root: &Path, options: &Options) -> Result<()> {
    let listener = listen(options)?;
    let address = format!("http://{}/", listener.local_addr()?);
    let pages = build(root, Pages::Served)?;

    let livereload = LiveReloadLayer::new();
    let reloader = livereload.reloader();
    let not_found = ServeFile::new(pages.join("404.html"));
    let app =
        Router::new().fallback_service(ServeDir::new(pages).not_found_service(not_found)).layer(livereload);
    let _watcher = watch(root, reloader)?;

    println!("The course is at {address} (Ctrl-C ends)");
    if options.open && open::that_detached(&address).is_err() {
        println!("No browser could be started: open the address yourself.");
    }
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        tokio::spawn(axum::serve(listener, app).into_future());
        tokio::signal::ctrl_c().await
    })?;
    Ok(())
}

fn listen(Options { hostname, port, .. }: &Options) -> Result<TcpListener> {
    let listener = match TcpListener::bind((hostname.as_str(), *port)) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => bail!(
            "port {port} is taken: stop what uses it, or choose another with `--port {}`",
            port.checked_add(1).unwrap_or(3000)
        ),
        bound => bound
            .with_context(|| format!("cannot serve on {hostname}, port {port}: see --hostname and --port"))?,
    };
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Rebuilds and reloads when something of [`WATCHED`] changes, as long as the result is kept.
fn watch(root: &Path, reloader: Reloader) -> Result<impl Watcher + use<>> {
    let (sender, changes) = mpsc::channel();
    let folder = root.to_owned();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        let watched = |path: &PathBuf| {
            (path.strip_prefix(&folder)).is_ok_and(|path| WATCHED.iter().any(|w| path.starts_with(w)))
        };
        // Reading is an event too, and a build reads everything.
        if event.is_ok_and(|event| !event.kind.is_access() && event.paths.iter().any(watched)) {
            sender.send(()).ok();
        }
    })?;
    for (folder, mode) in [("", NonRecursive), ("course", Recursive), ("theme", Recursive)] {
        (watcher.watch(&root.join(folder), mode))
            .with_context(|| format!("changes in {folder} cannot be watched"))?;
    }

    let root = root.to_owned();
    thread::spawn(move || {
        while changes.recv().is_ok() {
            while changes.recv_timeout(QUIET).is_ok() {}
            match build(&root, Pages::Served) {
                Ok(_) => {
                    println!("Rebuilt");
                    reloader.reload();
                }
                Err(error) => eprintln!("error: {error:#}\nThe last good pages are still served."),
            }
        }
    });
    Ok(watcher)
}
