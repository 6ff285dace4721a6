//! A running ministack on a free port of loopback.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use tempfile::TempDir;

use super::install::python;

/// Runs ministack until standard input ends, so that it also stops when this process is killed.
///
/// ministack has an answer for a denied CBOR call, but looks for the call's name only where the
/// older protocols have it, and lets through what it cannot name: no policy would ever deny
/// CloudWatch. So it is told to look into the path. IAM's answer remains its own.
const UNTIL_WE_ARE_GONE: &str = "
import os, runpy, sys, threading
threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
from ministack.core import iam_actions as iam
action_of, arn_of = iam.extract_iam_action, iam.extract_resource_arn
def named(service, method, path, *rest):
    if service == 'monitoring' and '/operation/' in path:
        return 'cloudwatch:' + path.rsplit('/', 1)[1]
    return action_of(service, method, path, *rest)
def everything(service, method, path, *rest):
    if service == 'monitoring' and '/operation/' in path:
        return '*'
    return arn_of(service, method, path, *rest)
iam.extract_iam_action, iam.extract_resource_arn = named, everything
sys.argv = ['ministack']
runpy.run_module('ministack', run_name='__main__')
";

/// Whether the server asks IAM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Iam {
    /// Everybody may do everything.
    Ignored,
    /// Signatures and policies count.
    Enforced,
}

/// A running server; it stops when dropped.
pub(super) struct Server {
    port: u16,
    child: Child,
    /// Its temporary files and its log.
    folder: TempDir,
}

impl Server {
    /// Starts a server with no accounts in it. Any key id of twelve digits is the root user of the
    /// account of that number, with the secret key `test`.
    pub(super) fn start(iam: Iam) -> Self {
        // Another process may take the port between our look and ministack's.
        for _ in 0..3 {
            let mut server = Self::launch(iam);
            if server.becomes_ready() {
                return server;
            }
            if server.exited() {
                continue;
            }
            panic!("ministack does not get ready:\n{}", server.log());
        }
        panic!("ministack does not start");
    }

    fn launch(iam: Iam) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the server");
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|free| free.local_addr())
            .expect("a free loopback port")
            .port();
        let log = File::create(log_file(&folder)).expect("the server's log");
        let child = Command::new(python())
            .args(["-c", UNTIL_WE_ARE_GONE])
            .env_clear()
            .env("HOME", folder.path())
            .env("TMPDIR", folder.path())
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("CLOUDTRAIL_RECORDING", "1")
            .env("SFTP_ENABLED", "0")
            .env("IOT_MTLS_ENABLED", "0")
            .env("AUTH", if iam == Iam::Enforced { "true" } else { "false" })
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(log.try_clone().expect("the server's log"))
            .stderr(log)
            .spawn()
            .expect("ministack's interpreter");
        Self { port, child, folder }
    }

    /// Waits up to a minute, less if the server ends.
    fn becomes_ready(&mut self) -> bool {
        for _ in 0..600 {
            if self.exited() {
                return false;
            }
            if self.is_ready().unwrap_or(false) {
                return !self.exited();
            }
            sleep(Duration::from_millis(100));
        }
        false
    }

    fn exited(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    fn is_ready(&self) -> std::io::Result<bool> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(
            b"GET /_ministack/ready HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer.starts_with(b"HTTP/1.1 200"))
    }

    /// What to give to `--endpoint-url`.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What the server wrote.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(log_file(&self.folder)).unwrap_or_default()
    }
}

fn log_file(folder: &TempDir) -> PathBuf {
    folder.path().join("ministack.log")
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("ministack says:\n{}", self.log());
        }
        // It is ours and ends with us: whether it already has does not matter.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
