"""How clients speak to us: one folder per dialect; none knows another."""
