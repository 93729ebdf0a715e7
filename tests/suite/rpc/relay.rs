//! A wire that can be cut.

use std::{
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// A wire to a server that can be cut, or a proxy that makes one by HTTP's CONNECT.
pub struct Relay {
    address: SocketAddr,
    cuts: Arc<watch::Sender<u64>>,
    frozen: Arc<watch::Sender<bool>>,
    down: Arc<AtomicBool>,
    tunnels: Arc<AtomicU64>,
}

/// Where a connection goes on to.
#[derive(Clone)]
enum To {
    Server(String),
    /// The target that the caller names, if it sends these credentials.
    Asked(String),
}

impl Relay {
    pub async fn to(target: &str) -> Self {
        Self::start(To::Server(target.to_owned())).await
    }

    pub async fn proxy(user: &str, password: &str) -> Self {
        // Of "somebody:secret"; there is no other.
        assert_eq!((user, password), ("somebody", "secret"));
        Self::start(To::Asked("Basic c29tZWJvZHk6c2VjcmV0".to_owned())).await
    }

    async fn start(to: To) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let relay = Self {
            address: listener.local_addr().unwrap(),
            cuts: Arc::new(watch::Sender::new(0)),
            frozen: Arc::default(),
            down: Arc::default(),
            tunnels: Arc::default(),
        };
        let (cuts, tunnels) = (relay.cuts.clone(), relay.tunnels.clone());
        let (freezes, down) = (relay.frozen.clone(), relay.down.clone());
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if down.load(Ordering::Relaxed) {
                    continue;
                }
                let (to, mut cut, tunnels) = (to.clone(), cuts.subscribe(), tunnels.clone());
                let mut frozen = freezes.subscribe();
                tokio::spawn(async move {
                    let mut passing = pin!(pass(near, to, &tunnels));
                    tokio::select! {
                        _ = &mut passing => {}
                        _ = cut.changed() => {}
                        () = async { _ = frozen.wait_for(|frozen| *frozen).await } => {
                            std::future::pending().await
                        }
                    }
                });
            }
        });
        relay
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Cuts every connection that there is.
    pub fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Cuts every connection, and ends new ones at once.
    pub fn down(&self) {
        self.down.store(true, Ordering::Relaxed);
        self.cut();
    }

    pub fn up(&self) {
        self.down.store(false, Ordering::Relaxed);
    }

    /// Lets nothing pass any more, and keeps the connections.
    pub fn freeze(&self) {
        self.frozen.send_replace(true);
    }

    /// How many were asked for, and made.
    pub fn tunnels(&self) -> u64 {
        self.tunnels.load(Ordering::Relaxed)
    }
}

async fn pass(near: TcpStream, to: To, tunnels: &AtomicU64) -> std::io::Result<()> {
    let mut near = BufReader::new(near);
    let target = match to {
        To::Server(target) => target,
        To::Asked(credentials) => {
            let head = head(&mut near).await?;
            let bears = head.iter().any(|line| {
                let header = line.split_once(": ");
                header.is_some_and(|(name, value)| {
                    name.eq_ignore_ascii_case("proxy-authorization") && value == credentials
                })
            });
            if !bears {
                let refusal =
                    b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
                return near.write_all(refusal).await;
            }
            near.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
            tunnels.fetch_add(1, Ordering::Relaxed);
            head[0].split(' ').nth(1).unwrap_or_default().to_owned()
        }
    };
    let mut far = TcpStream::connect(target).await?;
    copy_bidirectional(&mut near, &mut far).await.map(drop)
}

/// Reads the head of a request, line by line.
async fn head(near: &mut BufReader<TcpStream>) -> std::io::Result<Vec<String>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        near.read_line(&mut line).await?;
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            return Ok(lines);
        }
        lines.push(line);
    }
}
